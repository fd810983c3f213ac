using System.Runtime.InteropServices;
using Tsdb.Blocks;
using Tsdb.Wal;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Puts the samples and markers of one commit into records of the out-of-order log.</summary>
/// <remarks>
/// A marker says that everything in front of it, of its series, is in a chunk. So records come in groups: markers, then samples;
/// a group ends where a marker would follow what it already has of that series. Deletions stand behind markers, not beside
/// samples.
/// </remarks>
internal sealed class LateLog(TsdbHead head, HeadLog log) : IDisposable
{
    /// <summary>Deletions of a group: a record of about 1 MB.</summary>
    private const int DeletionsMax = 25_000;

    private readonly HashSet<uint> _series = []; // Of the group at hand.
    private readonly List<(uint Index, ulong ChunkRef)> _markers = [];
    private readonly List<(ulong SeriesRef, LateBound Bound, DeletedRange Range)> _deletions = [];
    private readonly List<LateSample> _floats = [];
    private readonly List<LateSample> _histograms = [];
    private readonly RecordBatch _records = new();

    /// <summary>Notes that a series' earlier samples are in chunks up to this one; 0 = it has none.</summary>
    public void Mark(uint index, ulong chunkRef)
    {
        if (_series.Contains(index)) EndGroup();
        _series.Add(index);
        _markers.Add((index, chunkRef));
    }

    /// <summary>Adds a sample, which must not change before <see cref="Flush"/>.</summary>
    public void Add(in LateSample sample)
    {
        _series.Add(sample.SeriesIndex);
        (sample.Sample.Histogram is null ? _floats : _histograms).Add(sample);
    }

    /// <summary>Deletes a range of what a series has. Not beside samples.</summary>
    public void Delete(ulong seriesRef, LateBound bound, DeletedRange range)
    {
        if (_deletions.Count == DeletionsMax) EndGroup();
        _deletions.Add((seriesRef, bound, range));
    }

    /// <summary>Writes what was added, all of it at once.</summary>
    /// <exception cref="IOException">The disk refused; nothing of it counts as written.</exception>
    public void Flush()
    {
        EndGroup();
        log.Write(_records);
        Clear();
    }

    /// <summary>Forgets what was added and not written.</summary>
    public void Clear()
    {
        ClearGroup();
        _records.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _records.Dispose();

    private void EndGroup()
    {
        WriteMarkers();
        WriteDeletions();
        WriteFloats();
        for (var type = RecordType.Histograms; type <= RecordType.CustomFloatHistograms; type++) WriteHistograms(type);
        ClearGroup();
    }

    private void ClearGroup()
    {
        _series.Clear();
        _markers.Clear();
        _deletions.Clear();
        _floats.Clear();
        _histograms.Clear();
    }

    private void WriteMarkers()
    {
        if (_markers.Count == 0) return;
        RecordEncoder.Begin(_records.Bytes, RecordType.MmapMarkers);
        foreach (var (index, chunkRef) in _markers)
            RecordEncoder.AddMmapMarker(_records.Bytes, head.Series.Cold[index].Ref, chunkRef);
        _records.End();
    }

    private void WriteDeletions()
    {
        if (_deletions.Count == 0) return;
        RecordEncoder.Begin(_records.Bytes, RecordType.Tombstones);
        foreach (var (seriesRef, bound, range) in _deletions)
        {
            bound.Write(_records.Bytes, seriesRef);
            RecordEncoder.AddTombstone(_records.Bytes, seriesRef, range.MinTimeMs, range.MaxTimeMs);
        }
        _records.End();
    }

    private void WriteFloats()
    {
        if (_floats.Count == 0) return;
        var record = SamplesRecord.Begin(_records.Bytes, head.Series.Cold[_floats[0].SeriesIndex].Ref, _floats[0].TimestampMs);
        foreach (ref readonly var sample in CollectionsMarshal.AsSpan(_floats))
            record.Add(head.Series.Cold[sample.SeriesIndex].Ref, sample.TimestampMs, sample.Sample.ValueBits);
        _records.End();
    }

    private void WriteHistograms(RecordType type)
    {
        HistogramsRecord? record = null;
        foreach (ref readonly var sample in CollectionsMarshal.AsSpan(_histograms))
        {
            if (HistogramsRecord.TypeOf(sample.Sample.Histogram!) != type) continue;
            var reference = head.Series.Cold[sample.SeriesIndex].Ref;
            if (record is null)
            {
                record = HistogramsRecord.Begin(_records.Bytes, type, reference, sample.TimestampMs);
            }
            record.Value.Add(reference, sample.TimestampMs, sample.Sample.Histogram!);
        }
        _records.End();
    }
}
