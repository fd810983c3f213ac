using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Replay;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.Snapshots;

/// <summary>Brings back a head from a memory snapshot.</summary>
/// <remarks>
/// Open chunks come back as complete ones, so the next append begins a new one, as upstream's does. Anything that is not as it
/// must be makes the whole snapshot useless: the head is thrown away and built from the log. One thread.
/// </remarks>
/// <param name="head">A head without series.</param>
/// <param name="refs">Gets the series.</param>
/// <param name="chunksOf">Gives a series, of a reference, the chunks that files have.</param>
internal sealed class SnapshotReplay(TsdbHead head, SeriesRefs refs, Action<ulong, uint> chunksOf) : IDisposable
{
    /// <summary>Longest chunk that a head holds: its length has 16 bits.</summary>
    private const int ChunkBytesMax = ushort.MaxValue;

    /// <summary>More series than go between two starts; a reference has room for 65,536 times as many.</summary>
    private const ulong RefsLeftOut = 1 << 24;

    private readonly ByteBuffer _scratch = new(1024);
    private readonly ByteBuffer _converted = new();
    private readonly HistogramSample _histogram = new();
    private ExemplarsReplay? _exemplars;
    private bool _knowsLastRef;

    /// <summary>Chunks taken over that are in memory only.</summary>
    public int UnsavedChunks { get; set; }

    /// <summary>Takes one record.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Read(ReadOnlySpan<byte> record)
    {
        if (record.IsEmpty) return "empty record";
        return record[0] switch
        {
            SnapshotRecord.Series => ReadSeries(record),
            SnapshotRecord.Tombstones => ReadTombstones(record),
            SnapshotRecord.Exemplars => ReadExemplars(record),
            var type => $"unsupported snapshot record type 0b{type:b}",
        };
    }

    /// <summary>After the last record: other programs do not tell which references the log has used for series that were gone by
    /// then, so some are left out.</summary>
    public void Finish()
    {
        if (!_knowsLastRef) head.RaiseLastRef(head.LastRef + RefsLeftOut);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch.Dispose();
        _converted.Dispose();
    }

    private string? ReadSeries(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record, (RecordType)SnapshotRecord.Series);
        var reference = reader.ReadUInt64();
        var labels = reader.ReadLabels();
        var newestMs = (long)reader.ReadUInt64();
        var hasChunk = reader.ReadUvarint();
        if (reader.Status != RecordStatus.Ok || reference == 0) return "decode series";
        head.RaiseLastRef(reference);
        var key = CanonicalKey.Compute(labels, _scratch);
        var index = head.Table.Find(key);
        if (index == AppendItem.NoSeries)
        {
            index = head.Create(key, labels, reference);
            head.Table.Add(key, index);
            refs.Add(index);
            chunksOf(reference, index);
        }
        else if (head.Series.Cold[index].Ref != reference)
        {
            if (hasChunk != 0) return $"series of reference {reference} is there twice";
            refs.AddOther(reference, index);
            head.AddOtherRef(reference, index);
            chunksOf(reference, index);
        }
        if (hasChunk == 0)
        {
            ref var state = ref head.Series.Hot[index];
            if (newestMs != 0 && state.SampleCount == MemSeries.Covered) state.LastTimestampMs = newestMs;
            return null;
        }
        var min = (long)reader.ReadUInt64();
        var max = (long)reader.ReadUInt64();
        var encoding = (ChunkEncoding)reader.ReadByte();
        var bytes = reader.ReadString();
        if (reader.Status != RecordStatus.Ok || !LaterEncodings.IsKnown(encoding) || min > max) return "decode open chunk";
        if (LaterEncodings.Includes(encoding))
        {
            _converted.Clear();
            if (!LaterEncodings.TryConvert(bytes, encoding, _converted)) return "decode open chunk";
            bytes = _converted.Written;
            encoding = LaterEncodings.Plain(encoding);
        }
        if (bytes.Length > ChunkBytesMax || !EndsAt(bytes, encoding, min, max)) return "open chunk's samples are not its own";
        if (!ReadNewest(ref reader, record, encoding, out var valueBits)) return "decode newest sample";
        return max < head.Times.MinValidMs ? null : Take(index, min, max, encoding, bytes, valueBits);
    }

    private string? Take(uint index, long min, long max, ChunkEncoding encoding, ReadOnlySpan<byte> bytes, ulong valueBits)
    {
        var series = head.Series;
        var newer = FullChunks.None;
        var at = series.Cold[index].NewestChunk;
        for (; at != FullChunks.None && series.Full[at].MinTimeMs > max; at = series.Full[at].Older) newer = at;
        ref var state = ref series.Hot[index];
        state.LastTimestampMs = max;
        if (at != FullChunks.None && series.Full[at].MaxTimeMs >= min)
        {
            // A start before this one has moved it to a file already.
            return series.Full[at].MinTimeMs <= min && series.Full[at].MaxTimeMs >= max ? null : "chunks overlap";
        }
        series.InsertFull(index, newer, min, max, encoding, bytes);
        UnsavedChunks++;
        head.Times.Widen(Math.Max(min, head.Times.MinValidMs), max);
        if (newer != FullChunks.None) return null; // Files have what came later: the state stays covered.
        state.SampleCount = 0;
        state.LastValueBits = valueBits;
        state.Flags = SeriesFlags.None;
        if (encoding == ChunkEncoding.Xor) return null;
        state.Flags = SeriesFlags.LastIsHistogram;
        series.Histograms.Of(index).SetNewest(_histogram);
        return null;
    }

    private bool ReadNewest(ref RecordReader reader, ReadOnlySpan<byte> record, ChunkEncoding encoding, out ulong valueBits)
    {
        valueBits = 0;
        if (encoding == ChunkEncoding.Xor)
        {
            for (var i = 0; i < SnapshotRecord.RingWords; i++) valueBits = reader.ReadUInt64();
            return reader.Status == RecordStatus.Ok;
        }
        // The rest is what the log has behind the differences of reference and time: give it some.
        _scratch.Clear();
        RecordEncoder.WriteBase(
            _scratch, encoding == ChunkEncoding.Histogram ? RecordType.Histograms : RecordType.FloatHistograms, 0, 0);
        _scratch.WriteByte(0);
        _scratch.WriteByte(0);
        _scratch.Write(record[^reader.Left..]);
        var histograms = new HistogramsReader(_scratch.Written, _histogram);
        return histograms.Read();
    }

    /// <summary>Whether a chunk can be read and has the first and last sample that are told of it.</summary>
    private static bool EndsAt(ReadOnlySpan<byte> bytes, ChunkEncoding encoding, long min, long max)
    {
        var (first, last, isFirst) = (0L, 0L, true);
        if (encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(bytes);
            for (; floats.MoveNext(); isFirst = false) (first, last) = (isFirst ? floats.TimestampMs : first, floats.TimestampMs);
            return !floats.IsFailed && first == min && last == max;
        }
        var histograms = new HistogramChunkIterator(bytes, encoding, new HistogramSample());
        for (; histograms.MoveNext(); isFirst = false)
            (first, last) = (isFirst ? histograms.TimestampMs : first, histograms.TimestampMs);
        return !histograms.IsFailed && first == min && last == max;
    }

    private string? ReadTombstones(ReadOnlySpan<byte> record)
    {
        var outer = new RecordReader(record, (RecordType)SnapshotRecord.Tombstones);
        var body = outer.ReadString();
        if (outer.Status != RecordStatus.Ok) return "decode tombstones";
        var reader = new RecordReader(body, (RecordType)SnapshotRecord.TombstonesVersion);
        while (!reader.AtEnd)
        {
            var reference = reader.ReadUvarint();
            var index = refs.Find(reference);
            var range = new DeletedRange(reader.ReadVarint(), reader.ReadVarint());
            if (reader.Status != RecordStatus.Ok) break;
            head.RaiseLastRef(reference);
            _knowsLastRef |= range.MinTimeMs > range.MaxTimeMs;
            if (index != AppendItem.NoSeries && range.MinTimeMs <= range.MaxTimeMs) head.Tombstones.Add(index, range);
        }
        return reader.Status == RecordStatus.Ok ? null : "decode tombstones";
    }

    private string? ReadExemplars(ReadOnlySpan<byte> record)
    {
        _exemplars ??= new ExemplarsReplay(head, refs.Find, static () => long.MinValue);
        _scratch.Clear();
        _scratch.WriteByte((byte)RecordType.Exemplars);
        _scratch.Write(record[1..]);
        return _exemplars.Read(_scratch.Written).Status == RecordStatus.Ok ? null : "decode exemplars";
    }
}
