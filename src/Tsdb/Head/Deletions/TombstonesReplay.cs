using Tsdb.Blocks;
using Tsdb.Wal;

namespace Tsdb.Head.Deletions;

/// <summary>Replays the deletions of a log: of ranges, and of whole series.</summary>
/// <remarks>Samples of the records before must be in the head when a record is read. Source: docs/formats/wal.md.</remarks>
/// <param name="head">The head that is rebuilt.</param>
/// <param name="byRef">Series by the log's references; loses those of series that are deleted.</param>
internal sealed class TombstonesReplay(TsdbHead head, Dictionary<ulong, uint> byRef)
{
    private readonly HashSet<uint> _removed = [];

    /// <summary>Replays one record.</summary>
    public void Read(ReadOnlySpan<byte> record)
    {
        var reader = new TombstonesReader(record);
        while (reader.Read())
        {
            head.RaiseLastRef(reader.Ref);
            var isKnown = byRef.TryGetValue(reader.Ref, out var index) && !_removed.Contains(index);
            if (reader.RemovesSeries)
            {
                if (isKnown) _removed.Add(index);
                else head.Counters.ReplayUnknownTombstones++;
                continue;
            }
            // What is in blocks was left out of them.
            if (reader.MaxTimeMs < head.Times.MinValidMs || reader.MinTimeMs > reader.MaxTimeMs) continue;
            if (isKnown) head.Tombstones.Add(index, new DeletedRange(reader.MinTimeMs, reader.MaxTimeMs));
            else head.Counters.ReplayUnknownTombstones++;
        }
        if (_removed.Count > 0) RemoveSeries();
    }

    private void RemoveSeries()
    {
        foreach (var (reference, index) in byRef)
        {
            if (_removed.Contains(index)) byRef.Remove(reference);
        }
        // Nobody reads yet, so the slots are free for the next series of the log at once.
        new HeadCollector(head).Remove(_removed);
        _removed.Clear();
    }
}
