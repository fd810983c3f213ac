namespace Tsdb.Head;

/// <summary>The time bounds of a head. All times are Unix milliseconds; every member may be called from any thread.</summary>
/// <remarks>Source: docs/formats/head.md, "Times".</remarks>
internal sealed class HeadTimes(long chunkRangeMs)
{
    private long _min = long.MaxValue;
    private long _max = long.MinValue;
    private long _minValid = long.MinValue;

    /// <summary>Lowest time visible; <see cref="long.MaxValue"/> until the first sample.</summary>
    public long MinMs => Volatile.Read(ref _min);

    /// <summary>Newest in-order sample; <see cref="long.MinValue"/> until the first.</summary>
    public long MaxMs => Volatile.Read(ref _max);

    /// <summary>Below this everything is in blocks and nothing may be appended.</summary>
    public long MinValidMs => Volatile.Read(ref _minValid);

    /// <summary>Below this a request that begins now is out of bounds: half a chunk range behind the newest sample.</summary>
    public long AppendableMinMs
    {
        get
        {
            var max = MaxMs;
            return max == long.MinValue ? MinValidMs
                : Math.Max(MinValidMs, max < long.MinValue + chunkRangeMs ? long.MinValue : max - (chunkRangeMs / 2));
        }
    }

    /// <summary>The first append of all sets both bounds to its time, before it is decided.</summary>
    public void Initialise(long t)
    {
        if (MinMs != long.MaxValue) return;
        Interlocked.CompareExchange(ref _max, t, long.MinValue);
        Interlocked.CompareExchange(ref _min, t, long.MaxValue);
    }

    /// <summary>Widens the bounds to what a commit stored.</summary>
    public void Widen(long lowest, long highest)
    {
        for (var seen = MinMs; lowest < seen; seen = MinMs)
            if (Interlocked.CompareExchange(ref _min, lowest, seen) == seen) break;
        for (var seen = MaxMs; highest > seen; seen = MaxMs)
            if (Interlocked.CompareExchange(ref _max, highest, seen) == seen) break;
    }

    /// <summary>From now on requests that begin may not append below <paramref name="end"/>.</summary>
    /// <returns>The limit before, for <see cref="Reopen"/>.</returns>
    public long Close(long end)
    {
        var before = MinValidMs;
        Volatile.Write(ref _minValid, Math.Max(before, end));
        return before;
    }

    /// <summary>Takes <see cref="Close"/> back: nothing below was cut.</summary>
    public void Reopen(long before) => Volatile.Write(ref _minValid, before);

    /// <summary>Everything below is in blocks now.</summary>
    public void Truncate(long mint)
    {
        Volatile.Write(ref _minValid, Math.Max(MinValidMs, mint));
        if (MinMs == long.MaxValue) return;
        Volatile.Write(ref _min, Math.Max(MinMs, mint));
        if (MaxMs < mint) Volatile.Write(ref _max, mint);
    }

    /// <summary>Raises the lower bounds to the oldest sample that is left, but not into the window that is still
    /// appendable.</summary>
    public void RaiseMin(long oldest)
    {
        if (oldest <= MinMs || MinMs == long.MaxValue) return;
        var min = Math.Min(oldest, AppendableMinMs);
        Volatile.Write(ref _min, Math.Max(MinMs, min));
        Volatile.Write(ref _minValid, Math.Max(MinValidMs, min));
    }

    /// <summary>Sets the lower limit at start-up, from the end of the blocks that exist: the head goes on from there.</summary>
    public void SetMinValid(long mint)
    {
        Volatile.Write(ref _minValid, mint);
        if (mint == long.MinValue) return; // No block: the first sample will say where the head begins.
        Volatile.Write(ref _max, mint);
        Volatile.Write(ref _min, mint);
    }
}
