namespace Tsdb.Head.OutOfOrder;

/// <summary>Bounds of the times of what is out of order; they may reach further than the samples that are left. Any
/// thread.</summary>
internal sealed class LateTimes
{
    private long _min = long.MaxValue;
    private long _max = long.MinValue;

    /// <summary>Lowest time; <see cref="long.MaxValue"/> while there never was a sample.</summary>
    public long MinMs => Volatile.Read(ref _min);

    /// <summary>Highest time; <see cref="long.MinValue"/> while there never was a sample. Never falls.</summary>
    public long MaxMs => Volatile.Read(ref _max);

    /// <summary>Widens the bounds.</summary>
    public void Widen(long lowest, long highest)
    {
        for (var seen = MinMs; lowest < seen; seen = MinMs)
            if (Interlocked.CompareExchange(ref _min, lowest, seen) == seen) break;
        for (var seen = MaxMs; highest > seen; seen = MaxMs)
            if (Interlocked.CompareExchange(ref _max, highest, seen) == seen) break;
    }

    /// <summary>Sets the lower bound after what is in blocks was removed.</summary>
    public void SetMin(long lowest) => Volatile.Write(ref _min, lowest);

    /// <summary>Whether a range (both ends inclusive) overlaps the bounds.</summary>
    public bool Overlaps(long minTimeMs, long maxTimeMs) => maxTimeMs >= MinMs && minTimeMs <= MaxMs;
}
