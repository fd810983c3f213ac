using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>Takes over the out-of-order samples that another program left in its log (<c>wbl</c>) and chunk files: into
/// blocks.</summary>
/// <remarks>
/// Runs once at start, after replay, when there are any. Every aligned window gets a block with upstream's out-of-order hint;
/// queries merge it with the rest. Log and files are set aside only after all blocks are durable, so an interruption repeats the
/// import, and equal
/// samples are merged away. Holds all out-of-order samples of the directory in memory, which upstream's head does as well.
/// </remarks>
internal sealed class OutOfOrderImport(TsdbHead head, DatabaseOptions options, string chunksDirectory, Func<ulong, uint> indexOf)
{
    private readonly Dictionary<uint, List<ChunkView>> _chunks = [];
    private readonly Dictionary<uint, SortedDictionary<long, ulong>> _samples = [];
    private readonly Dictionary<uint, SortedDictionary<long, HistogramSample>> _histograms = [];
    private bool _isDamaged;

    /// <summary>Imports what the directory holds; does nothing when there is nothing out of order.</summary>
    /// <exception cref="IOException">A block could not be written; log and files are as they were.</exception>
    public void Run()
    {
        var logDirectory = Path.Combine(options.Directory, "wbl");
        ReadChunks();
        if (Directory.Exists(logDirectory)) ReadLog(logDirectory);
        if (_chunks.Count + _samples.Count + _histograms.Count > 0) WriteBlocks();
        if (!Directory.Exists(logDirectory)) return;
        if (_isDamaged)
        {
            var kept = logDirectory + ".kept";
            options.Disk.DeleteDirectory(kept);
            options.Disk.Rename(logDirectory, kept);
            options.Log($"out-of-order log kept as {kept}: it is damaged");
            return;
        }
        options.Disk.DeleteDirectory(logDirectory);
    }

    private void ReadChunks()
    {
        if (!Directory.Exists(chunksDirectory)) return;
        var found = new List<HeadChunkEntry>();
        using var files = HeadChunkFiles.Open(chunksDirectory, options.Disk);
        var damage = files.Load(
            entry =>
            {
                if (entry.IsOutOfOrder) found.Add(entry);
                return true;
            },
            found.Clear);
        if (damage is not null) options.Log(damage);
        foreach (var entry in found)
        {
            var index = indexOf(entry.SeriesRef);
            using var bytes = new ByteBuffer();
            if (index == AppendItem.NoSeries || !files.TryRead(entry.ChunkRef, bytes, out _)) continue;
            if (!_chunks.TryGetValue(index, out var chunks)) _chunks[index] = chunks = [];
            chunks.Add(new ChunkView(entry.MinTimeMs, entry.MaxTimeMs, entry.Encoding, bytes.Written.ToArray()));
        }
    }

    private void ReadLog(string directory)
    {
        var damage = new DamageReport(directory, options.Log, startsAnywhere: true);
        foreach (var part in damage.Parts)
        {
            using var reader = damage.Open(part);
            ReadSegment(reader);
        }
        _isDamaged = damage.Count > 0; // The damaged files stay on disk.
    }

    private void ReadSegment(SegmentReader reader)
    {
        while (reader.Read())
        {
            switch (RecordTypes.Of(reader.Record))
            {
                case RecordType.Samples:
                    ReadSamples(reader.Record);
                    break;
                case RecordType.Histograms or RecordType.FloatHistograms or RecordType.CustomHistograms
                    or RecordType.CustomFloatHistograms:
                    ReadHistograms(reader.Record);
                    break;
                default:
                    break; // Markers tell which samples are in chunk files too; equal samples are merged anyway.
            }
        }
    }

    private void ReadSamples(ReadOnlySpan<byte> record)
    {
        var reader = new SamplesReader(record);
        while (reader.Read())
        {
            var index = indexOf(reader.Ref);
            head.RaiseLastRef(reader.Ref);
            if (index == AppendItem.NoSeries) continue;
            if (!_samples.TryGetValue(index, out var samples)) _samples[index] = samples = [];
            samples.TryAdd(reader.TimestampMs, reader.ValueBits); // The first sample of a time stays, as in upstream's list.
        }
    }

    private void ReadHistograms(ReadOnlySpan<byte> record)
    {
        var histogram = new HistogramSample();
        var reader = new HistogramsReader(record, histogram);
        while (reader.Read())
        {
            var index = indexOf(reader.Ref);
            head.RaiseLastRef(reader.Ref);
            if (index == AppendItem.NoSeries || HistogramValidity.Fault(histogram) is not null) continue;
            if (!_histograms.TryGetValue(index, out var samples)) _histograms[index] = samples = [];
            var copy = new HistogramSample();
            copy.CopyFrom(histogram);
            samples.TryAdd(reader.TimestampMs, copy);
        }
    }

    private void WriteBlocks()
    {
        var series = new List<(LabelSet Labels, List<ChunkView> Chunks)>();
        var symbols = new SortedSet<byte[]>(
            Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b))) { Array.Empty<byte>() };
        var postings = new HeadPostings(head);
        var mergers = new List<ChunkMerger>(); // Each keeps the chunks that it made alive.
        long min = long.MaxValue, max = long.MinValue;
        foreach (var index in new HashSet<uint>([.. _chunks.Keys, .. _samples.Keys, .. _histograms.Keys]))
        {
            var chunks = _chunks.GetValueOrDefault(index) ?? [];
            if (_samples.TryGetValue(index, out var samples)) Encode(samples, chunks);
            if (_histograms.TryGetValue(index, out var histograms)) Encode(histograms, chunks);
            var merger = new ChunkMerger();
            mergers.Add(merger);
            merger.Merge(chunks);
            min = Math.Min(min, chunks[0].MinTimeMs);
            max = Math.Max(max, chunks[^1].MaxTimeMs);
            var labels = postings.LabelsOf(index);
            foreach (var label in labels)
            {
                symbols.Add(label.Name.ToArray());
                symbols.Add(label.Value.ToArray());
            }
            series.Add((labels, chunks));
        }
        series.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        var range = options.MaxBlockDurationMs;
        for (var window = min - (((min % range) + range) % range); window <= max; window += range)
        {
            using var cursor = new ListCursor(series);
            var ulid = BlockWriter.Write(
                options.Directory, window, window + range, cursor, Texts(symbols),
                new BlockWriterOptions { Clock = options.Clock, Disk = options.Disk,
                    Hints = [BlockMeta.OutOfOrderHint], Parents = [BlockParent.Zero] });
            if (ulid is not null) options.Log($"out-of-order samples taken over into block {ulid}");
        }
        GC.KeepAlive(mergers);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Texts(SortedSet<byte[]> texts)
    {
        foreach (var text in texts) yield return text;
    }

    private static void Encode(SortedDictionary<long, HistogramSample> histograms, List<ChunkView> chunks)
    {
        var samples = new List<HistogramOverlaps.Sample>(histograms.Count);
        foreach (var (t, histogram) in histograms) samples.Add(new HistogramOverlaps.Sample(t, 0, 0, histogram));
        HistogramOverlaps.Encode(samples, chunks);
    }

    /// <summary>Encodes ascending samples into chunks of at most the size upstream gives merged ones.</summary>
    private static void Encode(SortedDictionary<long, ulong> samples, List<ChunkView> chunks)
    {
        const int SamplesPerChunk = 120;
        var state = default(XorAppendState);
        var buffer = new byte[XorChunk.HeaderBytes + (SamplesPerChunk * XorChunk.SampleSizeMaxBytes)];
        var (count, first, last) = (0, 0L, 0L);
        foreach (var (t, bits) in samples)
        {
            if (count == 0) first = t;
            XorChunk.TryAppend(ref state, buffer, t, bits);
            last = t;
            if (++count == SamplesPerChunk) Finish();
        }
        if (count > 0) Finish();

        void Finish()
        {
            chunks.Add(new ChunkView(first, last, ChunkEncoding.Xor, buffer.AsSpan(0, state.LengthBytes).ToArray()));
            state = default;
            Array.Clear(buffer);
            count = 0;
        }
    }
}
