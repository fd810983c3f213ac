using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Wal;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Brings back at start what was out of order: chunks of chunks_head, then the out-of-order log (<c>wbl</c>).</summary>
/// <remarks>
/// First <see cref="Take"/> for every chunk, then <see cref="Attach"/> for every series record of the log, then
/// <see cref="ReadLog"/>. A marker empties a series' list only if the chunk it names was found, with its content, for this very
/// series: otherwise the samples in front of it stay in the list, and what is in both is merged away.
/// </remarks>
internal sealed class LateReplay(TsdbHead head, DatabaseOptions options, HeadChunkFiles files, LateWriter writer)
{
    private readonly Dictionary<ulong, List<LateChunk>> _chunks = [];
    private readonly Dictionary<ulong, long> _inOrderEnds = [];
    private readonly HashSet<(uint Index, ulong ChunkRef)> _attached = [];
    private readonly HashSet<ulong> _unknownSeries = [];
    private readonly List<(ulong SeriesRef, ulong ChunkRef)> _markers = [];
    private readonly LostChunks _lost = new();
    private readonly HistogramSample _histogram = new();

    /// <summary>Whether samples out of order are accepted or were left in the log.</summary>
    public bool IsUsed { get; init; }

    /// <summary>Takes note of an out-of-order chunk in the files.</summary>
    public void Take(in HeadChunkEntry entry)
    {
        if (!_chunks.TryGetValue(entry.SeriesRef, out var chunks)) _chunks[entry.SeriesRef] = chunks = [];
        chunks.Add(new LateChunk(entry.ChunkRef, entry.MinTimeMs, entry.MaxTimeMs, entry.Encoding));
    }

    /// <summary>Takes note of where the in-order chunks of a reference end.</summary>
    public void TakeInOrder(in HeadChunkEntry entry) => _inOrderEnds[entry.SeriesRef] = entry.MaxTimeMs;

    /// <summary>Whether a sample of the log that is not in order widens the head's bounds.</summary>
    /// <remarks>Upstream's does, unless it is older than the end of the in-order chunks of its reference. Without out-of-order
    /// samples it was refused and is nowhere.</remarks>
    public bool Widens(ulong seriesRef, long timestampMs) =>
        IsUsed && !(_inOrderEnds.TryGetValue(seriesRef, out var end) && timestampMs <= end);

    /// <summary>Forgets every chunk taken note of: the files were found damaged and are read anew.</summary>
    public void Reset()
    {
        _chunks.Clear();
        _inOrderEnds.Clear();
    }

    /// <summary>Gives a series the chunks of one of its references, besides those it has from another.</summary>
    /// <remarks>A series that came back has two references, and after a restart it goes on under the first: chunks of both may
    /// hold what is nowhere else. What is in blocks already is merged away.</remarks>
    public void Attach(ulong seriesRef, uint index)
    {
        if (!_chunks.Remove(seriesRef, out var chunks)) return; // Once: a record may be in a checkpoint and in a segment.
        var series = head.Late.Of(index);
        head.Late.Change(series, chunks, static (series, chunks) =>
        {
            series.Chunks.AddRange(chunks);
            series.Chunks.Sort(static (a, b) => a.FileRef.CompareTo(b.FileRef));
            return true;
        });
        head.Counters.ChunksCreated += chunks.Count;
        foreach (var chunk in chunks)
        {
            _attached.Add((index, chunk.FileRef));
            head.Late.Times.Widen(chunk.MinTimeMs, chunk.MaxTimeMs);
        }
    }

    /// <summary>Replays the log; what cannot be read is passed over, told and set aside.</summary>
    /// <param name="directory">The log; may be missing.</param>
    /// <param name="indexOf">The series that a reference means, or <see cref="AppendItem.NoSeries"/>.</param>
    /// <exception cref="IOException">The log could not be read, or a full list not written.</exception>
    public void ReadLog(string directory, Func<ulong, uint> indexOf)
    {
        var damage = new DamageReport(directory, options.Log, startsAnywhere: true);
        writer.Lost = _lost;
        foreach (var part in damage.Parts)
        {
            using var reader = damage.Open(part);
            Read(reader, indexOf);
        }
        writer.Lost = null;
        lock (writer.Gate) _lost.Write(writer);
        head.Counters.WalCorruptions += damage.Count;
        damage.Repair(options.Disk);
        var counters = head.Counters;
        counters.LateReplayUnknownSeries += _unknownSeries.Count;
        if (_unknownSeries.Count == 0) return;
        options.Log($"Unknown series references for ooo WAL replay series={_unknownSeries.Count} "
            + $"samples={counters.LateReplayUnknownSamples} histograms={counters.LateReplayUnknownHistograms} "
            + $"mmap_markers={counters.LateReplayUnknownMarkers}");
    }

    private void Read(SegmentReader reader, Func<ulong, uint> indexOf)
    {
        while (reader.Read())
        {
            var record = reader.Record;
            switch (RecordTypes.Of(record))
            {
                case RecordType.MmapMarkers: ReadMarkers(record, indexOf); break;
                case RecordType.Tombstones: ReadDeletions(record, indexOf); break;
                case RecordType.Samples: ReadSamples(record, indexOf); break;
                case >= RecordType.Histograms and <= RecordType.CustomFloatHistograms: ReadHistograms(record, indexOf); break;
                default: break;
            }
        }
    }

    private void ReadMarkers(ReadOnlySpan<byte> record, Func<ulong, uint> indexOf)
    {
        _markers.Clear();
        var reader = new MmapMarkersReader(record);
        while (reader.Read())
        {
            // One full list may have become several chunks, marked one after the other: all must be there.
            if (_markers.Count > 0 && _markers[^1].SeriesRef == reader.Ref) _markers.RemoveAt(_markers.Count - 1);
            _markers.Add((reader.Ref, reader.ChunkRef));
        }
        foreach (var (seriesRef, chunkRef) in _markers)
        {
            var index = indexOf(seriesRef);
            if (index == AppendItem.NoSeries)
            {
                head.Counters.LateReplayUnknownMarkers++;
                NoteUnknown(seriesRef);
                continue;
            }
            if (head.Late.Find(index) is not { } series) continue;
            if (chunkRef != 0 && !_attached.Contains((index, chunkRef)))
            {
                // Their chunk is lost: they go into a new one now, so that a later marker whose chunk is there spares them.
                lock (writer.Gate) writer.Cut(index, series);
                _lost.Mark(index, chunkRef);
                continue;
            }
            _lost.Mark(index, chunkRef); // A full list, if lists were longer when it was written.
            head.Late.Change(series, true, static (series, _) =>
            {
                series.List.Clear();
                return true;
            });
        }
    }

    /// <summary>Deletes, of each series, what the entry in front of a range says it covers: chunks of the files, and those that
    /// are being made anew. Lists are later than any deletion: those come behind a marker.</summary>
    private void ReadDeletions(ReadOnlySpan<byte> record, Func<ulong, uint> indexOf)
    {
        var reader = new TombstonesReader(record);
        var (boundRef, bound) = (0UL, default(LateBound?));
        while (reader.Read())
        {
            head.RaiseLastRef(reader.Ref);
            if (reader.MinTimeMs > reader.MaxTimeMs)
            {
                (boundRef, bound) = (reader.Ref, LateBound.Of(in reader));
                continue;
            }
            if (bound is not { } covered || boundRef != reader.Ref) continue; // Nobody knows what preceded.
            var index = indexOf(reader.Ref);
            if (index == AppendItem.NoSeries || head.Late.Find(index) is not { } series) continue;
            Delete(index, series, covered, new DeletedRange(reader.MinTimeMs, reader.MaxTimeMs));
        }
    }

    private void Delete(uint index, LateSeries series, LateBound bound, DeletedRange range)
    {
        _lost.Delete(index, bound, range);
        // A number alone says nothing: in a directory that somebody emptied they begin anew. A file set aside keeps its own.
        if (!_attached.Contains((index, bound.ChunkRef)) && !files.IsSetAside((int)(bound.ChunkRef >> 32))) return;
        head.Late.Change(series, (bound, range), static (series, deletion) =>
        {
            for (var at = 0; at < series.Chunks.Count; at++)
            {
                if (series.Chunks[at].FileRef <= deletion.bound.ChunkRef) series.Delete(at, deletion.range);
            }
            return true;
        });
    }

    private void NoteUnknown(ulong seriesRef)
    {
        head.RaiseLastRef(seriesRef); // Its series record is lost; no other series may bear the reference.
        _unknownSeries.Add(seriesRef);
    }

    private void ReadSamples(ReadOnlySpan<byte> record, Func<ulong, uint> indexOf)
    {
        var reader = new SamplesReader(record);
        while (reader.Read())
        {
            var index = indexOf(reader.Ref);
            if (index != AppendItem.NoSeries)
            {
                writer.Replay(new LateSample(index, new ChunkSample(reader.TimestampMs, reader.ValueBits, null)));
                continue;
            }
            head.Counters.LateReplayUnknownSamples++;
            NoteUnknown(reader.Ref);
        }
    }

    private void ReadHistograms(ReadOnlySpan<byte> record, Func<ulong, uint> indexOf)
    {
        var reader = new HistogramsReader(record, _histogram);
        while (reader.Read())
        {
            var index = indexOf(reader.Ref);
            if (index == AppendItem.NoSeries)
            {
                head.Counters.LateReplayUnknownHistograms++;
                NoteUnknown(reader.Ref);
                continue;
            }
            // Other programs' logs are not trusted to hold what the append path would have accepted.
            if (HistogramValidity.Fault(_histogram) is not null) continue;
            writer.Replay(new LateSample(index, new ChunkSample(reader.TimestampMs, 0, _histogram)));
        }
    }
}
