using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>The newest samples of one series that came out of order, ascending in time, one per time.</summary>
/// <remarks>Its owner keeps it below the capacity the options name, at most 255.</remarks>
internal sealed class LateList
{
    /// <summary>Room that a list begins with, as upstream's do: most series have only a few such samples.</summary>
    private const int FirstCapacity = 4;

    /// <summary>What a histogram takes on the heap before its buckets: the object, five lists and their arrays.</summary>
    private const int HistogramBytes = 400;

    /// <summary>Of one sample in the array: time, value, reference to a histogram.</summary>
    private const int SampleBytes = 24;

    private ChunkSample[] _samples = [];
    private long _histogramBytes;

    /// <summary>Samples in it.</summary>
    public int Count { get; private set; }

    /// <summary>The samples; valid until the next change.</summary>
    public ReadOnlySpan<ChunkSample> Samples => _samples.AsSpan(0, Count);

    /// <summary>Bytes it takes, about.</summary>
    public long AllocatedBytes => (_samples.Length * (long)SampleBytes) + _histogramBytes;

    /// <summary>Adds a sample, unless there is one of its time already: that one stays, whatever the values.</summary>
    public LateInsert Insert(in ChunkSample sample)
    {
        var at = Count;
        if (Count > 0 && sample.TimestampMs <= _samples[Count - 1].TimestampMs)
        {
            at = Find(sample.TimestampMs);
            if (_samples[at].TimestampMs == sample.TimestampMs)
                return AreEqual(in _samples[at], in sample) ? LateInsert.Same : LateInsert.Conflict;
        }
        if (Count == _samples.Length) Array.Resize(ref _samples, Math.Max(FirstCapacity, Count * 2));
        Array.Copy(_samples, at, _samples, at + 1, Count - at);
        _samples[at] = sample.Copy();
        Count++;
        _histogramBytes += SizeOf(in sample);
        return LateInsert.Added;
    }

    /// <summary>Takes a sample out again, if it is there.</summary>
    public void Remove(long timestampMs)
    {
        var at = Find(timestampMs);
        if (at == Count || _samples[at].TimestampMs != timestampMs) return;
        _histogramBytes -= SizeOf(in _samples[at]);
        Array.Copy(_samples, at + 1, _samples, at, Count - at - 1);
        _samples[--Count] = default;
    }

    /// <summary>Takes out the samples between two times, both included.</summary>
    public void Remove(long minTimeMs, long maxTimeMs)
    {
        for (var at = Find(minTimeMs); at < Count && _samples[at].TimestampMs <= maxTimeMs;) Remove(_samples[at].TimestampMs);
    }

    /// <summary>Forgets the samples and their memory.</summary>
    public void Clear() => (_samples, Count, _histogramBytes) = ([], 0, 0);

    private static bool AreEqual(in ChunkSample a, in ChunkSample b) =>
        a.Histogram is null || b.Histogram is null ? a.Histogram is null && b.Histogram is null && a.ValueBits == b.ValueBits
            : HistogramEquality.AreEqual(a.Histogram, b.Histogram);

    /// <summary>Index of the first sample at or after a time.</summary>
    private int Find(long timestampMs)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_samples[middle].TimestampMs < timestampMs) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static long SizeOf(in ChunkSample sample) => sample.Histogram is not { } histogram ? 0
        : HistogramBytes + (8L * (histogram.PositiveSpans.Count + histogram.NegativeSpans.Count + histogram.PositiveBuckets.Count
            + histogram.NegativeBuckets.Count + histogram.CustomBounds.Count));
}
