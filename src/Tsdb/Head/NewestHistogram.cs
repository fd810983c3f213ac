using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>The newest histogram of a series as it came, to recognise it when it comes again; packed into one array. Needed
/// where the open chunk's last sample does not say it.</summary>
internal sealed class NewestHistogram
{
    private const int ObjectsBytes = 96 + 24;

    private ulong[] _words = [];
    private int _positiveSpans;
    private int _negativeSpans;
    private int _positiveBuckets;
    private int _negativeBuckets;
    private int _bounds;
    private int _schema;
    private CounterResetHint _hint;
    private ulong _zeroThresholdBits;
    private ulong _zeroCount;
    private ulong _count;
    private ulong _sumBits;

    /// <summary>Whether counts are doubles.</summary>
    public bool IsFloat { get; private set; }

    /// <summary>Whether the series ended with it.</summary>
    public bool IsStale => _sumBits == StaleMarker.Bits;

    /// <summary>Bytes of this and its array.</summary>
    public long SizeBytes => ObjectsBytes + (_words.Length * (long)sizeof(ulong));

    /// <summary>Becomes a copy of a sample.</summary>
    public void CopyFrom(HistogramSample sample)
    {
        (IsFloat, _hint, _schema, _zeroThresholdBits) = (sample.IsFloat, sample.Hint, sample.Schema, sample.ZeroThresholdBits);
        (_zeroCount, _count, _sumBits) = (sample.ZeroCount, sample.Count, sample.SumBits);
        var positive = sample.Positive;
        var negative = sample.Negative;
        var bounds = sample.BoundBits;
        (_positiveSpans, _negativeSpans) = (positive.Spans.Length, negative.Spans.Length);
        (_positiveBuckets, _negativeBuckets) = (positive.Numbers.Length, negative.Numbers.Length);
        _bounds = bounds.Length;
        var length = _positiveSpans + _negativeSpans + _positiveBuckets + _negativeBuckets + _bounds;
        if (_words.Length < length) _words = new ulong[length];
        var to = _words.AsSpan();
        // A span is two 32-bit numbers.
        Put(ref to, MemoryMarshal.Cast<BucketSpan, ulong>(positive.Spans));
        Put(ref to, MemoryMarshal.Cast<BucketSpan, ulong>(negative.Spans));
        Put(ref to, positive.Numbers);
        Put(ref to, negative.Numbers);
        Put(ref to, bounds);
    }

    /// <summary>Gives a sample this content.</summary>
    public void CopyTo(HistogramSample sample)
    {
        (sample.IsFloat, sample.Hint, sample.Schema, sample.ZeroThresholdBits) = (IsFloat, _hint, _schema, _zeroThresholdBits);
        (sample.ZeroCount, sample.Count, sample.SumBits) = (_zeroCount, _count, _sumBits);
        ReadOnlySpan<ulong> from = _words;
        HistogramSample.Replace(sample.PositiveSpans, MemoryMarshal.Cast<ulong, BucketSpan>(Take(ref from, _positiveSpans)));
        HistogramSample.Replace(sample.NegativeSpans, MemoryMarshal.Cast<ulong, BucketSpan>(Take(ref from, _negativeSpans)));
        HistogramSample.Replace(sample.PositiveBuckets, Take(ref from, _positiveBuckets));
        HistogramSample.Replace(sample.NegativeBuckets, Take(ref from, _negativeBuckets));
        HistogramSample.Replace(sample.CustomBounds, Take(ref from, _bounds));
    }

    private static void Put(ref Span<ulong> to, ReadOnlySpan<ulong> words)
    {
        words.CopyTo(to);
        to = to[words.Length..];
    }

    private static ReadOnlySpan<ulong> Take(ref ReadOnlySpan<ulong> from, int count)
    {
        var taken = from[..count];
        from = from[count..];
        return taken;
    }
}
