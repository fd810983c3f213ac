using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Writes one histogram record: <see cref="Begin"/> once, then <see cref="Add"/> for each entry.</summary>
internal readonly struct HistogramsRecord
{
    private readonly ByteBuffer _to;
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;

    private HistogramsRecord(ByteBuffer to, ulong baseRef, long baseTimeMs) =>
        (_to, _baseRef, _baseTimeMs) = (to, baseRef, baseTimeMs);

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
        return new HistogramsRecord(to, firstRef, firstTimeMs);
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
        new HistogramsRecord(to, 0, 0).WriteContent(histogram);

    private void WriteContent(HistogramSample histogram)
    {
        _to.WriteByte((byte)histogram.Hint);
        _to.WriteVarint(histogram.Schema);
        _to.WriteUInt64(histogram.ZeroThresholdBits);
        WriteCount(histogram, histogram.ZeroCount);
        WriteCount(histogram, histogram.Count);
        _to.WriteUInt64(histogram.SumBits);
        WriteSpans(histogram.PositiveSpans);
        WriteSpans(histogram.NegativeSpans);
        WriteBuckets(histogram, histogram.PositiveBuckets);
        WriteBuckets(histogram, histogram.NegativeBuckets);
        if (histogram.Schema != HistogramSample.CustomSchema) return;
        _to.WriteUvarint((ulong)histogram.CustomBounds.Count);
        foreach (var bound in histogram.CustomBounds) _to.WriteUInt64(bound);
    }

    private void WriteCount(HistogramSample histogram, ulong count)
    {
        if (histogram.IsFloat)
            _to.WriteUInt64(count);
        else
            _to.WriteUvarint(count);
    }

    private void WriteSpans(List<BucketSpan> spans)
    {
        _to.WriteUvarint((ulong)spans.Count);
        foreach (var span in spans)
        {
            _to.WriteVarint(span.Offset);
            _to.WriteUvarint(span.Length);
        }
    }

    private void WriteBuckets(HistogramSample histogram, List<ulong> buckets)
    {
        _to.WriteUvarint((ulong)buckets.Count);
        var numbers = CollectionsMarshal.AsSpan(buckets);
        var to = _to.GetSpan(checked(numbers.Length * Varint.LengthMax));
        if (histogram.IsFloat)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(to)[..numbers.Length];
            if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(numbers, words);
            else numbers.CopyTo(words);
            _to.Advance(numbers.Length * sizeof(ulong));
            return;
        }
        _to.Advance(Varint.WriteSigned(to, numbers));
    }
}
