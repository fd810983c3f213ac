using System.Globalization;
using System.Text;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;
using Tsdb.Wal;

namespace Tsdb.Tests.Damaged;

/// <summary>Which samples of an intact directory are still stored in bytes that a damaged copy shares with it.</summary>
/// <remarks>
/// Found by comparing the two directories: a record, a chunk or a block survives when its bytes are the same in both. A sample
/// survives
/// when one of the places that hold it does, and, outside of blocks, the record with the labels of its series does too.
/// </remarks>
internal sealed class Survivors
{
    private readonly string _intact;
    private readonly string _damaged;
    private readonly Dictionary<string, (byte[] Intact, byte[]? Damaged)> _files = [];
    private readonly Dictionary<ulong, LabelSet> _labels = []; // By every series record there was.
    private readonly HashSet<ulong> _known = []; // By those that survive.
    private readonly Dictionary<LabelSet, long> _newest = [];
    private long _minValidMs = long.MinValue;

    public Survivors(string intact, string damaged)
    {
        (_intact, _damaged) = (intact, damaged);
        foreach (var ulid in BlockDirectory.List(intact)) AddBlock(ulid);
        var wal = Path.Combine(intact, "wal");
        var checkpoint = SegmentDirectory.LastCheckpoint(wal);
        if (checkpoint >= 0) AddLog(SegmentDirectory.CheckpointPath(wal, checkpoint), isInOrder: true);
        AddLog(wal, isInOrder: true, checkpoint + 1);
        AddLog(Path.Combine(intact, "wbl"), isInOrder: false);
        AddChunks();
    }

    /// <summary>What must be found.</summary>
    public Content Kept { get; } = new();

    /// <summary>Ranges of time in which no query of a series can be answered, because of a damaged chunk of it in a
    /// block.</summary>
    public List<(string Labels, long MinMs, long MaxMs)> Unreadable { get; } = [];

    /// <summary>Every value that was ever stored for a series and a time: one of them is right where there are several.</summary>
    public Dictionary<(string Labels, long TimestampMs), HashSet<string>> Values { get; } = [];

    /// <summary>Samples that must be found and are not, a line each; empty when all are there.</summary>
    public string Missing(Content found, Content expected)
    {
        var missing = new StringBuilder();
        foreach (var (labels, samples) in Kept.Series)
        {
            foreach (var t in samples.Keys)
            {
                if (found.Has(labels, t) || !expected.Has(labels, t)) continue;
                if (Unreadable.Exists(range =>
                    (range.Labels == labels || range.Labels.Length == 0) && t >= range.MinMs && t <= range.MaxMs)) continue;
                missing.Append(CultureInfo.InvariantCulture, $"{labels} at {t} is lost although it is still stored\n");
            }
        }
        return missing.ToString();
    }

    /// <summary>Files that are not what they were, as paths relative to the directory.</summary>
    public List<string> DamagedFiles()
    {
        var damaged = new List<string>();
        foreach (var file in Directory.GetFiles(_intact, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(_intact, file);
            var (before, after) = Both(path);
            if (after is null || !before.AsSpan().SequenceEqual(after)) damaged.Add(path);
        }
        return damaged;
    }

    private void AddBlock(string ulid)
    {
        using var block = BlockReader.Open(Path.Combine(_intact, ulid));
        var isReadable = IsWhole($"{ulid}/meta.json") && IsWhole($"{ulid}/index")
            && (IsWhole($"{ulid}/tombstones") || !File.Exists(Path.Combine(_damaged, ulid, "tombstones")));
        // What is below the end of a block that opens is taken to be in it, whether all of it can be read or not.
        var opens = Opens(ulid);
        if (opens && !IsWhole($"{ulid}/index")) Unreadable.Add(("", block.Meta.MinTimeMs, block.Meta.MaxTimeMs - 1));
        if (block.Meta.Hints.Count == 0 && opens) _minValidMs = Math.Max(_minValidMs, block.Meta.MaxTimeMs);
        using var cursor = new Blocks.BlockCursor(block);
        while (cursor.MoveNext())
        {
            for (var i = 0; i < cursor.Chunks.Length; i++)
            {
                var chunk = cursor.Chunks[i];
                var (segment, offset) = ((int)(cursor.Metas[i].ChunkRef >> 32) + 1, (int)(uint)cursor.Metas[i].ChunkRef);
                // Length, encoding and checksum lie around the data.
                var end = offset + Varint.Length((ulong)chunk.Data.Length) + 1 + chunk.Data.Length + sizeof(uint);
                var path = $"{ulid}/chunks/{segment:D6}";
                var survives = isReadable && IsSame(path, 0, ChunkSegmentFormat.HeaderBytes) && IsSame(path, offset, end);
                Add(cursor.Labels, chunk, survives);
                if (!survives && opens) Unreadable.Add((cursor.Labels.ToString(), chunk.MinTimeMs, chunk.MaxTimeMs));
            }
        }
    }

    private bool Opens(string ulid)
    {
        try
        {
            BlockReader.Open(Path.Combine(_damaged, ulid)).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false;
        }
    }

    private void AddLog(string directory, bool isInOrder, int first = 0)
    {
        foreach (var segment in SegmentDirectory.ListNumbers(directory))
        {
            if (segment < first) continue;
            var path = Path.GetRelativePath(_intact, SegmentDirectory.SegmentPath(directory, segment));
            var start = 0;
            using var reader = new SegmentReader(directory, segment, segment);
            while (reader.Read())
            {
                AddRecord(reader.Record, IsSame(path, start, (int)reader.Offset), isInOrder);
                start = (int)reader.Offset;
            }
            Assert.Null(reader.Corruption);
        }
    }

    private void AddRecord(ReadOnlySpan<byte> record, bool survives, bool isInOrder)
    {
        var series = new SeriesReader(record);
        while (series.Read())
        {
            _labels[series.Ref] = LabelSet.FromEncoded(series.Labels);
            if (survives) _known.Add(series.Ref);
        }
        var samples = new SamplesReader(record);
        while (samples.Read())
            AddSample(samples.Ref, samples.TimestampMs, samples.ValueBits.ToString("x16", provider: null), survives, isInOrder);
        var histogram = new HistogramSample();
        var histograms = new HistogramsReader(record, histogram);
        while (histograms.Read())
            AddSample(histograms.Ref, histograms.TimestampMs, HistogramJson.Describe(histogram), survives, isInOrder);
    }

    private void AddSample(ulong reference, long t, string value, bool survives, bool isInOrder)
    {
        if (!_labels.TryGetValue(reference, out var labels)) return;
        Note(labels.ToString(), t, HistogramDump.Content(value));
        if (isInOrder)
        {
            // What the log of all samples holds out of order is read from the other log, and what is in blocks from there.
            if (_newest.TryGetValue(labels, out var newest) && t <= newest) return;
            _newest[labels] = t;
            if (t < _minValidMs) return;
        }
        if (survives && _known.Contains(reference)) Kept.Add(labels, t, value);
    }

    private void AddChunks()
    {
        var directory = Path.Combine(_intact, "chunks_head");
        if (!Directory.Exists(directory)) return;
        var entries = new List<HeadChunkEntry>();
        using var files = HeadChunkFiles.Open(directory);
        Assert.Null(files.Load(entry => { entries.Add(entry); return true; }, entries.Clear));
        foreach (var entry in entries)
        {
            if (!_labels.TryGetValue(entry.SeriesRef, out var labels)) continue;
            using var data = new ByteBuffer();
            Assert.True(files.TryRead(entry.ChunkRef, data, out _));
            var chunk = new ChunkView(entry.MinTimeMs, entry.MaxTimeMs, entry.Encoding, data.WrittenMemory);
            // A file with a defect is left out whole; what is in order below the blocks' end is in blocks.
            var counts = entry.IsOutOfOrder || entry.MinTimeMs >= _minValidMs;
            var survives = counts && _known.Contains(entry.SeriesRef) && IsWhole($"chunks_head/{entry.ChunkRef >> 32:D6}");
            Add(labels, chunk, survives);
        }
    }

    private void Add(LabelSet labels, in ChunkView chunk, bool survives)
    {
        var samples = new SortedDictionary<long, string>();
        HistogramDump.Add(chunk, samples);
        foreach (var (t, value) in samples)
        {
            Note(labels.ToString(), t, HistogramDump.Content(value));
            if (survives) Kept.Add(labels, t, value);
        }
    }

    private void Note(string labels, long t, string value)
    {
        if (!Values.TryGetValue((labels, t), out var values)) Values[(labels, t)] = values = [];
        values.Add(value);
    }

    private bool IsWhole(string path) => Both(path) is ({ } before, { } after) && before.AsSpan().SequenceEqual(after);

    /// <summary>Whether the bytes of a range are the same; behind their ends files count as zeros.</summary>
    private bool IsSame(string path, int start, int end)
    {
        var (before, after) = Both(path);
        if (after is null) return false;
        for (var i = start; i < end; i++)
        {
            if ((i < before.Length ? before[i] : 0) != (i < after.Length ? after[i] : 0)) return false;
        }
        return true;
    }

    private (byte[] Intact, byte[]? Damaged) Both(string path)
    {
        if (_files.TryGetValue(path, out var both)) return both;
        var damaged = Path.Combine(_damaged, path);
        both = (File.ReadAllBytes(Path.Combine(_intact, path)), File.Exists(damaged) ? File.ReadAllBytes(damaged) : null);
        return _files[path] = both;
    }
}
