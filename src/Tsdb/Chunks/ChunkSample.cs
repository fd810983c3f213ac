namespace Tsdb.Chunks;

/// <summary>One sample of a series: a float, or a native histogram.</summary>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="ValueBits">The float's bits; nothing when there is a histogram.</param>
/// <param name="Histogram">The histogram, or null. Whoever keeps the sample owns it and never changes it.</param>
internal readonly record struct ChunkSample(long TimestampMs, ulong ValueBits, HistogramSample? Histogram)
{
    /// <summary>The encoding of a chunk that can hold it.</summary>
    public ChunkEncoding Encoding => Histogram is null ? ChunkEncoding.Xor
        : Histogram.IsFloat ? ChunkEncoding.FloatHistogram : ChunkEncoding.Histogram;

    /// <summary>The same sample with a histogram of its own, which nobody else can change.</summary>
    public ChunkSample Copy()
    {
        if (Histogram is null) return this;
        var own = new HistogramSample();
        own.CopyFrom(Histogram);
        return this with { Histogram = own };
    }
}
