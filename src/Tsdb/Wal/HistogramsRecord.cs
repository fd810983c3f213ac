using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Writes one histogram record: <see cref="Begin(ByteBuffer, RecordType, ulong, long)"/> once, then <see cref="Add"/>
/// for each entry.</summary>
internal readonly struct HistogramsRecord
{
    /// <summary>Most bytes of an entry without lists: two varints before it, hint, schema, threshold, three counts or sums of
    /// ten bytes at most, and the lengths of five lists.</summary>
    private const int EntryMaxBytes = (2 * Varint.LengthMax) + 1 + Varint.LengthMax + 8 + (3 * Varint.LengthMax)
        + (5 * Varint.LengthMax);

    private readonly ByteBuffer _to;
    private readonly RecordBatch? _batch;
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;

    private HistogramsRecord(ByteBuffer to, RecordBatch? batch, ulong baseRef, long baseTimeMs) =>
        (_to, _batch, _baseRef, _baseTimeMs) = (to, batch, baseRef, baseTimeMs);

    /// <summary>The type of record that an entry belongs to.</summary>
    public static RecordType TypeOf(HistogramSample histogram) => (histogram.IsFloat, histogram.Schema) switch
    {
        (false, HistogramSample.CustomSchema) => RecordType.CustomHistograms,
        (true, HistogramSample.CustomSchema) => RecordType.CustomFloatHistograms,
        (false, _) => RecordType.Histograms,
        (true, _) => RecordType.FloatHistograms,
    };

    /// <summary>Appends the head of a record to a buffer.</summary>
    /// <param name="to">Where the record is written.</param>
    /// <param name="type">One of the four histogram types; all entries must belong to it (<see cref="TypeOf"/>).</param>
    /// <param name="firstRef">Base of the references: upstream takes the first of the list before it was split by type.</param>
    /// <param name="firstTimeMs">Base of the times, Unix milliseconds.</param>
    public static HistogramsRecord Begin(ByteBuffer to, RecordType type, ulong firstRef, long firstTimeMs)
    {
        RecordEncoder.WriteBase(to, type, firstRef, firstTimeMs);
        return new HistogramsRecord(to, null, firstRef, firstTimeMs);
    }

    /// <summary>As the other one, and tells the batch where the record has numbers of eight
    /// bytes.</summary>
    public static HistogramsRecord Begin(RecordBatch batch, RecordType type, ulong firstRef, long firstTimeMs)
    {
        RecordEncoder.WriteBase(batch.Bytes, type, firstRef, firstTimeMs);
        return new HistogramsRecord(batch.Bytes, batch, firstRef, firstTimeMs);
    }

    /// <summary>Appends one histogram.</summary>
    public void Add(ulong seriesRef, long timestampMs, HistogramSample histogram)
    {
        _to.WriteVarint((long)(seriesRef - _baseRef));
        _to.WriteVarint(timestampMs - _baseTimeMs);
        WriteContent(histogram);
    }

    /// <summary>Appends a histogram alone, as it stands behind the differences of reference and time.</summary>
    public static void WriteContent(ByteBuffer to, HistogramSample histogram) =>
        new HistogramsRecord(to, null, 0, 0).WriteContent(histogram);

    private void WriteContent(HistogramSample histogram)
    {
        var to = _to.GetSpan(EntryMaxBytes);
        to[0] = (byte)histogram.Hint;
        var at = 1 + Varint.WriteSigned(to[1..], histogram.Schema);
        at += WriteWord(to[at..], histogram.ZeroThresholdBits);
        at += WriteCount(to[at..], histogram, histogram.ZeroCount);
        at += WriteCount(to[at..], histogram, histogram.Count);
        at += WriteWord(to[at..], histogram.SumBits);
        _to.Advance(at);
        // Threshold, both counts, sum; integers have only the first as a number whose place is known, and hint and schema are
        // as good a beginning for it.
        if (histogram.IsFloat) _batch?.HasWords(_to.Length - (4 * sizeof(ulong)), 4);
        else _batch?.HasWords(_to.Length - at, 1);
        WriteSpans(histogram.Positive.Spans, histogram.Negative.Spans);
        WriteBuckets(histogram, histogram.Positive.Numbers);
        WriteBuckets(histogram, histogram.Negative.Numbers);
        if (histogram.Schema != HistogramSample.CustomSchema) return;
        _to.WriteUvarint((ulong)histogram.BoundBits.Length);
        WriteWords(histogram.BoundBits);
    }

    private static int WriteWord(Span<byte> to, ulong word)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, word);
        return sizeof(ulong);
    }

    private static int WriteCount(Span<byte> to, HistogramSample histogram, ulong count) =>
        histogram.IsFloat ? WriteWord(to, count) : Varint.Write(to, count);

    private void WriteSpans(ReadOnlySpan<BucketSpan> positive, ReadOnlySpan<BucketSpan> negative)
    {
        var to = _to.GetSpan(checked(2 * Varint.LengthMax * (1 + positive.Length + negative.Length)));
        var at = WriteSpans(to, positive);
        _to.Advance(at + WriteSpans(to[at..], negative));
    }

    private static int WriteSpans(Span<byte> to, ReadOnlySpan<BucketSpan> spans)
    {
        var at = Varint.Write(to, (ulong)spans.Length);
        foreach (var span in spans)
        {
            at += Varint.WriteSigned(to[at..], span.Offset);
            at += Varint.Write(to[at..], span.Length);
        }
        return at;
    }

    private void WriteBuckets(HistogramSample histogram, ReadOnlySpan<ulong> numbers)
    {
        _to.WriteUvarint((ulong)numbers.Length);
        if (numbers.IsEmpty) return;
        if (histogram.IsFloat)
        {
            WriteWords(numbers);
            return;
        }
        var to = _to.GetSpan(checked(numbers.Length * Varint.LengthMax));
        _to.Advance(Varint.WriteSigned(to, numbers));
    }

    private void WriteWords(ReadOnlySpan<ulong> numbers)
    {
        if (numbers.IsEmpty) return;
        var words = MemoryMarshal.Cast<byte, ulong>(_to.GetSpan(checked(numbers.Length * sizeof(ulong))))[..numbers.Length];
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(numbers, words);
        else numbers.CopyTo(words);
        _batch?.HasWords(_to.Length, numbers.Length);
        _to.Advance(numbers.Length * sizeof(ulong));
    }
}
