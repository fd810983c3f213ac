namespace Receiver.StoreApi;

/// <summary>Counts what one Series call sends against the limits per request.</summary>
internal sealed class FrameLimits(StoreApiOptions options)
{
    // What a full chunk holds; chunks are not opened to count.
    private const int SamplesPerChunk = 120;

    private long _series;
    private long _samples;

    /// <summary>Accounts for a frame about to be sent.</summary>
    /// <returns>Null when it may be sent, otherwise upstream's text; <paramref name="reason"/> is then the metric's.</returns>
    public string? Take(int series, int chunks, out string reason)
    {
        reason = "series";
        _series += series;
        if (options.SeriesPerRequestMax > 0 && _series > options.SeriesPerRequestMax)
            return $"failed to send series: limit {options.SeriesPerRequestMax} violated (got {_series})";
        reason = "chunks";
        _samples += (long)chunks * SamplesPerChunk;
        if (options.SamplesPerRequestMax > 0 && _samples > options.SamplesPerRequestMax)
            return $"failed to send samples: limit {options.SamplesPerRequestMax} violated (got {_samples})";
        return null;
    }
}
