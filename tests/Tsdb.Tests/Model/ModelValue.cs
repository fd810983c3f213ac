using System.Globalization;
using System.Text;
using Tsdb.Chunks;

namespace Tsdb.Tests.Model;

/// <summary>A sample's value as the model keeps it: a float's bits, or a histogram.</summary>
/// <remarks>Two values are the same when their <see cref="Content"/> is: what a reader can see, without what depends on the
/// neighbours in a chunk (hints of counters, buckets of zero).</remarks>
internal sealed class ModelValue
{
    private ModelValue(ulong bits, HistogramSample? histogram)
    {
        (Bits, Histogram) = (bits, histogram);
        Content = histogram is null ? bits.ToString("x16", CultureInfo.InvariantCulture) : Describe(histogram);
    }

    /// <summary>Bits of a float.</summary>
    public ulong Bits { get; }

    /// <summary>The histogram; null for a float.</summary>
    public HistogramSample? Histogram { get; }

    /// <summary>What a reader sees.</summary>
    public string Content { get; }

    /// <summary>Whether it ends its series.</summary>
    public bool IsStale => Histogram?.IsStale ?? Bits == StaleMarker.Bits;

    /// <summary>Whether the log has a float's stale marker for this histogram's.</summary>
    public bool IsLoggedAsFloat { get; private init; }

    public static ModelValue Of(ulong bits) => new(bits, null);

    /// <summary>What becomes of a value after another: a float that marks the end of histograms is one of them.</summary>
    public ModelValue After(ModelValue? last)
    {
        if (!IsStale || (Histogram is not null && !IsLoggedAsFloat)) return this;
        if (last?.Histogram is not { } histogram) return Of(StaleMarker.Bits);
        var stale = new HistogramSample();
        stale.SetStale(histogram.IsFloat);
        return new ModelValue(0, stale) { IsLoggedAsFloat = true };
    }

    /// <summary>The marker that reads so; in the log it is a float.</summary>
    public static ModelValue EndAs(string content)
    {
        foreach (var isFloat in (ReadOnlySpan<bool>)[false, true])
        {
            var stale = new HistogramSample();
            stale.SetStale(isFloat);
            var value = new ModelValue(0, stale) { IsLoggedAsFloat = true };
            if (value.Content == content) return value;
        }
        return Of(StaleMarker.Bits);
    }

    /// <summary>Keeps a copy.</summary>
    public static ModelValue Of(HistogramSample histogram)
    {
        var copy = new HistogramSample();
        copy.CopyFrom(histogram);
        return new ModelValue(0, copy);
    }

    /// <summary>Whether an append of the other at the same time says nothing new: kind, content and every bucket as sent, but no
    /// hint.</summary>
    public bool Repeats(ModelValue other)
    {
        if (Histogram is null && other.Histogram is null) return Bits == other.Bits;
        return Histogram is not null && other.Histogram is not null && AsSent(Histogram) == AsSent(other.Histogram);
    }

    /// <inheritdoc/>
    public override string ToString() => Content;

    /// <summary>Absolute counts of the buckets that are not empty, by their index.</summary>
    public static SortedDictionary<int, double> Buckets(List<BucketSpan> spans, List<ulong> numbers, bool isFloat)
    {
        var buckets = new SortedDictionary<int, double>();
        var (index, at, count) = (0, 0, 0L);
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0u; i < span.Length; i++, index++, at++)
            {
                count += (long)numbers[at];
                var value = isFloat ? BitConverter.UInt64BitsToDouble(numbers[at]) : count;
                if (value != 0) buckets.Add(index, value);
            }
        }
        return buckets;
    }

    private static string Describe(HistogramSample h)
    {
        if (h.IsStale) return h.IsFloat ? "stale float histogram" : "stale histogram";
        var text = new StringBuilder(h.IsFloat ? "float histogram" : "histogram");
        if (h.Hint == CounterResetHint.Gauge) text.Append(" gauge");
        text.Append(CultureInfo.InvariantCulture, $" schema {h.Schema} zero {h.ZeroThresholdBits:x} {h.ZeroCount}");
        text.Append(CultureInfo.InvariantCulture, $" count {h.Count} sum {h.SumBits:x16}");
        Write(" +", Buckets(h.PositiveSpans, h.PositiveBuckets, h.IsFloat));
        Write(" -", Buckets(h.NegativeSpans, h.NegativeBuckets, h.IsFloat));
        foreach (var bound in h.CustomBounds) text.Append(CultureInfo.InvariantCulture, $" le {bound:x}");
        return text.ToString();

        void Write(string sign, SortedDictionary<int, double> buckets)
        {
            foreach (var (index, count) in buckets) text.Append(CultureInfo.InvariantCulture, $"{sign}{index}:{count:r}");
        }
    }

    private static string AsSent(HistogramSample h)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{h.IsFloat} {h.Schema} {h.ZeroThresholdBits:x} {h.ZeroCount}");
        text.Append(CultureInfo.InvariantCulture, $" {h.Count} {h.SumBits:x} ").AppendJoin(',', h.PositiveSpans);
        text.Append('+').AppendJoin(',', h.PositiveBuckets).Append('-').AppendJoin(',', h.NegativeSpans);
        return text.AppendJoin(',', h.NegativeBuckets).Append('|').AppendJoin(',', h.CustomBounds).ToString();
    }
}
