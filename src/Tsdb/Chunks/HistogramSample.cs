using System.Runtime.InteropServices;

namespace Tsdb.Chunks;

/// <summary>A run of histogram buckets without gaps.</summary>
/// <param name="Offset">Buckets left out since the run before; for the first run, the index of its first bucket.</param>
/// <param name="Length">Buckets in the run.</param>
public readonly record struct BucketSpan(int Offset, uint Length);

/// <summary>What a sender or a chunk says about whether a counter histogram started anew. Numbers are those of the log.</summary>
public enum CounterResetHint : byte
{
    /// <summary>Nothing is known: compare with the sample before.</summary>
    Unknown = 0,

    /// <summary>Counting started anew with this sample.</summary>
    Reset = 1,

    /// <summary>Counting goes on.</summary>
    NotReset = 2,

    /// <summary>Not a counter.</summary>
    Gauge = 3,
}

/// <summary>One native histogram, integer or float; reused for the next one, so it allocates only while it grows.</summary>
/// <remarks>One owner, one thread. Numbers of a float histogram are the bits of doubles; <see cref="IsFloat"/> says
/// which.</remarks>
public sealed class HistogramSample
{
    /// <summary>Schema of histograms whose bounds are listed in <see cref="CustomBounds"/>.</summary>
    public const int CustomSchema = -53;

    private readonly List<BucketSpan> _positiveSpans = [];
    private readonly List<BucketSpan> _negativeSpans = [];
    private readonly List<ulong> _positiveBuckets = [];
    private readonly List<ulong> _negativeBuckets = [];
    private readonly List<ulong> _customBounds = [];

    /// <summary>Whether counts are doubles.</summary>
    public bool IsFloat { get; set; }

    /// <summary>What is known of resets.</summary>
    public CounterResetHint Hint { get; set; }

    /// <summary>-9 to 52 for exponential buckets, or <see cref="CustomSchema"/>.</summary>
    public int Schema { get; set; }

    /// <summary>Width of the zero bucket, bits of a double.</summary>
    public ulong ZeroThresholdBits { get; set; }

    /// <summary>Observations in the zero bucket: an integer or the bits of a double.</summary>
    public ulong ZeroCount { get; set; }

    /// <summary>All observations: an integer or the bits of a double.</summary>
    public ulong Count { get; set; }

    /// <summary>Sum of the observations, bits of a double; a staleness marker here makes the whole sample one.</summary>
    public ulong SumBits { get; set; }

    /// <summary>Runs of positive buckets.</summary>
    public List<BucketSpan> PositiveSpans => _positiveSpans;

    /// <summary>Runs of negative buckets.</summary>
    public List<BucketSpan> NegativeSpans => _negativeSpans;

    /// <summary>As many as the spans cover. Integer: the first count, then differences to the bucket before, as the bits of
    /// signed numbers. Float: the bits of each count.</summary>
    public List<ulong> PositiveBuckets => _positiveBuckets;

    /// <summary>As <see cref="PositiveBuckets"/>.</summary>
    public List<ulong> NegativeBuckets => _negativeBuckets;

    /// <summary>Upper bounds of custom buckets, bits of doubles; empty for other schemas.</summary>
    public List<ulong> CustomBounds => _customBounds;

    /// <summary>Whether the series ended here.</summary>
    public bool IsStale => SumBits == StaleMarker.Bits;

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear()
    {
        (IsFloat, Hint, Schema, ZeroThresholdBits, ZeroCount, Count, SumBits) = (false, CounterResetHint.Unknown, 0, 0, 0, 0, 0);
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positiveBuckets.Clear();
        _negativeBuckets.Clear();
        _customBounds.Clear();
    }

    /// <summary>Takes over another sample's content.</summary>
    public void CopyFrom(HistogramSample other)
    {
        (IsFloat, Hint, Schema, ZeroThresholdBits) = (other.IsFloat, other.Hint, other.Schema, other.ZeroThresholdBits);
        (ZeroCount, Count, SumBits) = (other.ZeroCount, other.Count, other.SumBits);
        Replace(_positiveSpans, CollectionsMarshal.AsSpan(other._positiveSpans));
        Replace(_negativeSpans, CollectionsMarshal.AsSpan(other._negativeSpans));
        Replace(_positiveBuckets, CollectionsMarshal.AsSpan(other._positiveBuckets));
        Replace(_negativeBuckets, CollectionsMarshal.AsSpan(other._negativeBuckets));
        Replace(_customBounds, CollectionsMarshal.AsSpan(other._customBounds));
    }

    /// <summary>Becomes a marker that a series of histograms ended here.</summary>
    public void SetStale(bool isFloat)
    {
        Clear();
        (IsFloat, SumBits) = (isFloat, StaleMarker.Bits);
    }

    internal ReadOnlySpan<ulong> BoundBits => CollectionsMarshal.AsSpan(_customBounds);

    internal BucketsView Positive =>
        new(CollectionsMarshal.AsSpan(_positiveSpans), CollectionsMarshal.AsSpan(_positiveBuckets));

    internal BucketsView Negative =>
        new(CollectionsMarshal.AsSpan(_negativeSpans), CollectionsMarshal.AsSpan(_negativeBuckets));

    internal static void Replace<T>(List<T> list, ReadOnlySpan<T> items)
    {
        CollectionsMarshal.SetCount(list, items.Length);
        items.CopyTo(CollectionsMarshal.AsSpan(list));
    }
}
