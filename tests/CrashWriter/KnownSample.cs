using Tsdb.Chunks;
using Tsdb.Labels;

namespace CrashWriter;

/// <summary>Samples whose values follow from series and time, so that whoever knows which were acknowledged can check
/// them.</summary>
public static class KnownSample
{
    /// <summary>Labels of a series.</summary>
    public static LabelSet Labels(string series) => LabelSet.FromStrings(("__name__", series), ("job", "crash"));

    /// <summary>Whether a series holds native histograms.</summary>
    public static bool IsHistogram(string series) => series.StartsWith('h');

    /// <summary>Bits of a float.</summary>
    public static ulong Bits(string series, long timestampMs) =>
        BitConverter.DoubleToUInt64Bits((timestampMs % 100_003) + (series.Length / 8.0) + (series[^1] / 1024.0));

    /// <summary>A histogram.</summary>
    public static HistogramSample Histogram(string series, long timestampMs)
    {
        var count = (ulong)(timestampMs % 1009);
        return new HistogramSample { Count = count, ZeroCount = count, SumBits = Bits(series, timestampMs) };
    }
}
