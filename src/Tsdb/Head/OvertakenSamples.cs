using System.Runtime.CompilerServices;
using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>The samples that one request had accepted and that were overtaken before they were committed.</summary>
/// <remarks>
/// Costs nothing until the first one. From then on it follows which times the request itself brings to each series, to tell its
/// own collisions from those with other requests.
/// </remarks>
internal sealed class OvertakenSamples
{
    private readonly Dictionary<uint, long> _newest = []; // Newest accepted time of each series, of the samples followed so far.
    private int _floats;
    private int _histograms;

    /// <summary>Result of the commit so far.</summary>
    public CommitResult Result { get; private set; }

    /// <summary>Floats in <see cref="Result"/> that are older than their series' newest sample.</summary>
    public int OlderFloats { get; private set; }

    /// <summary>Histograms likewise.</summary>
    public int OlderHistograms { get; private set; }

    /// <summary>Counts a float that its series cannot take any more. Needs the series' stripe lock.</summary>
    /// <param name="accepted">The accepted floats up to and with this one.</param>
    /// <param name="items">The accepted histograms that take effect before it.</param>
    /// <param name="series">State of the series.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void AddFloat(ReadOnlySpan<AcceptedSample> accepted, ReadOnlySpan<HistogramItem> items, in MemSeries series)
    {
        var sample = accepted[^1];
        Follow(accepted[..^1], items);
        var isOlder = sample.TimestampMs < series.LastTimestampMs;
        // The value bits of a series that goes on with histograms say nothing.
        if (!isOlder && series.Flags == SeriesFlags.None && sample.ValueBits == series.LastValueBits) return;
        if (isOlder) OlderFloats++;
        Add(sample.Index, sample.TimestampMs, isOlder);
    }

    /// <summary>Counts a histogram that its series cannot take any more. Needs the series' stripe lock.</summary>
    /// <param name="accepted">The accepted floats that take effect before it.</param>
    /// <param name="items">The accepted histograms up to and with this one.</param>
    /// <param name="lastTimestampMs">Newest time of the series.</param>
    /// <param name="last">Newest histogram of the series; null when its newest sample is a float.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void AddHistogram(
        ReadOnlySpan<AcceptedSample> accepted, ReadOnlySpan<HistogramItem> items, long lastTimestampMs, HistogramSample? last)
    {
        ref readonly var item = ref items[^1];
        Follow(accepted, items[..^1]);
        var isOlder = item.TimestampMs < lastTimestampMs;
        if (!isOlder && last is not null && HistogramEquality.AreEqual(last, item.Sample)) return;
        if (isOlder) OlderHistograms++;
        Add(item.SeriesIndex, item.TimestampMs, isOlder);
    }

    /// <summary>Ready for the next request.</summary>
    public void Clear()
    {
        (_floats, _histograms, OlderFloats, OlderHistograms) = (0, 0, 0, 0);
        Result = default;
        _newest.Clear();
    }

    private void Add(uint series, long timestampMs, bool isOlder)
    {
        var isOwn = _newest.TryGetValue(series, out var own) && own >= timestampMs;
        var result = Result;
        Result = isOwn ? result with { WithinRequest = result.WithinRequest + 1 }
            : isOlder ? result with { OutOfOrder = result.OutOfOrder + 1 }
            : result with { Duplicate = result.Duplicate + 1 };
    }

    private void Follow(ReadOnlySpan<AcceptedSample> accepted, ReadOnlySpan<HistogramItem> items)
    {
        for (; _floats < accepted.Length; _floats++) Follow(accepted[_floats].Index, accepted[_floats].TimestampMs);
        for (; _histograms < items.Length; _histograms++) Follow(items[_histograms].SeriesIndex, items[_histograms].TimestampMs);
    }

    private void Follow(uint series, long timestampMs)
    {
        if (!_newest.TryGetValue(series, out var newest) || newest < timestampMs) _newest[series] = timestampMs;
    }
}
