namespace Tsdb.Wal;

/// <summary>A run of buckets without gaps.</summary>
/// <param name="Offset">Buckets left out since the run before; for the first run, the index of its first bucket.</param>
/// <param name="Length">Buckets in the run.</param>
internal readonly record struct BucketSpan(int Offset, uint Length);

/// <summary>One native histogram taken out of a record; reused for the next one, so it allocates only while it grows.</summary>
/// <remarks>
/// Owned by whoever reads; its content is valid until the next <see cref="HistogramsReader.Read"/>. Counts of an integer
/// histogram
/// are integers, those of a float histogram are the bits of doubles; <see cref="IsFloat"/> says which.
/// </remarks>
internal sealed class HistogramView
{
    /// <summary>Schema of histograms whose bounds are listed in <see cref="CustomBounds"/>.</summary>
    public const int CustomSchema = -53;

    private readonly List<BucketSpan> _positiveSpans = [];
    private readonly List<BucketSpan> _negativeSpans = [];
    private readonly List<long> _positiveBuckets = [];
    private readonly List<long> _negativeBuckets = [];
    private readonly List<ulong> _customBounds = [];

    /// <summary>Whether counts are doubles.</summary>
    public bool IsFloat { get; set; }

    /// <summary>0 unknown, 1 counter reset, 2 no counter reset, 3 gauge.</summary>
    public byte CounterResetHint { get; set; }

    /// <summary>-9 to 8 for exponential buckets, or <see cref="CustomSchema"/>.</summary>
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

    /// <summary>Integer: the first count, then differences to the bucket before. Float: the bits of each count.</summary>
    public List<long> PositiveBuckets => _positiveBuckets;

    /// <summary>As <see cref="PositiveBuckets"/>.</summary>
    public List<long> NegativeBuckets => _negativeBuckets;

    /// <summary>Upper bounds of custom buckets, bits of doubles; empty for other schemas.</summary>
    public List<ulong> CustomBounds => _customBounds;

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear()
    {
        (CounterResetHint, Schema, ZeroThresholdBits, ZeroCount, Count, SumBits) = (0, 0, 0, 0, 0, 0);
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positiveBuckets.Clear();
        _negativeBuckets.Clear();
        _customBounds.Clear();
    }
}
