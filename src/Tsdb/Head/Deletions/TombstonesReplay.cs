using Tsdb.Blocks;
using Tsdb.Head.Replay;
using Tsdb.Wal;

namespace Tsdb.Head.Deletions;

/// <summary>Replays the deletions of a log: of ranges, and of whole series.</summary>
/// <remarks>Samples of the records before must be in the head when a record is read. Source: docs/formats/wal.md.</remarks>
/// <param name="head">The head that is rebuilt.</param>
/// <param name="refs">Series by the log's references; loses those of series that are deleted.</param>
internal sealed class TombstonesReplay(TsdbHead head, SeriesRefs refs)
{
    private readonly HashSet<uint> _removed = [];

    /// <summary>Replays one record.</summary>
    /// <returns>How the reading went, and how many entries there were.</returns>
    public (RecordStatus Status, int Count) Read(ReadOnlySpan<byte> record)
    {
        var reader = new TombstonesReader(record);
        while (reader.Read())
        {
            head.RaiseLastRef(reader.Ref);
            var index = refs.Find(reader.Ref);
            var isKnown = index != AppendItem.NoSeries && !_removed.Contains(index);
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
        return (reader.Status, reader.Count);
    }

    private void RemoveSeries()
    {
        refs.Remove(_removed);
        // Nobody reads yet, so the slots are free for the next series of the log at once.
        new HeadCollector(head).Remove(_removed);
        _removed.Clear();
    }
}
