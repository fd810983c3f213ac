namespace Load;

/// <summary>Values like those of real series, a pure function of seed, series and round.</summary>
/// <remarks>
/// Half of the series stand still, a third are counters that grow by varying whole steps, the rest are gauges: memory in
/// pages, and
/// ratios with all their digits. Gorilla chunks of this mix take 1.5 to 2 bytes a sample, as production data does.
/// </remarks>
internal readonly struct SampleValues(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15; // 2^64 / golden ratio: consecutive inputs end up far apart.
    private const double PageBytes = 4096;

    public double At(long series, long round)
    {
        var identity = Mix(seed + ((ulong)series * Golden));
        var noise = Mix(identity + (ulong)round);
        return (identity % 100) switch
        {
            < 25 => 0,
            < 50 => (identity >> 8) % 1000,
            < 85 => Counter(identity, noise, round),
            < 93 => PageBytes * (((identity >> 20) % 100_000) + (noise % 512)),
            _ => (noise >> 11) * (1.0 / (1UL << 53)),
        };
    }

    private static double Counter(ulong identity, ulong noise, long round)
    {
        var step = 1 + ((identity >> 16) % 300);
        return ((identity >> 32) % 1_000_000) + ((ulong)round * step) + (noise % step);
    }

    /// <summary>The finaliser of SplitMix64.</summary>
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
