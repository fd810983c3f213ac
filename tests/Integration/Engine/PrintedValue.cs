using System.Globalization;
using System.Text.RegularExpressions;
using Tsdb.Chunks;
using Tsdb.Tests.Model;

namespace Integration.Engine;

/// <summary>A value as promtool prints it, compared with one of the model. Bounds of buckets are computed here and there, so
/// they agree to a few bits.</summary>
internal static partial class PrintedValue
{
    private const double Tolerance = 1e-12;

    public static SampleKind KindOf(ModelValue value) => value.Histogram is not { } histogram ? SampleKind.Float
        : histogram.IsFloat ? SampleKind.FloatHistogram : SampleKind.Histogram;

    /// <summary>Whether a text says what a value is. NaN has lost its bits, and a stale histogram everything.</summary>
    public static bool Says(string text, ModelValue value)
    {
        if (value.Histogram is not { } histogram) return Parse(text).Equals(Number(value.Bits)) && IsSameZero(text, value.Bits);
        var expected = histogram.IsStale ? [0, double.NaN] : Numbers(histogram);
        var found = new List<double>();
        foreach (Match number in Numeral().Matches(text)) found.Add(Parse(number.Value));
        if (found.Count != expected.Count) return false;
        for (var i = 0; i < found.Count; i++)
        {
            if (!IsClose(found[i], expected[i])) return false;
        }
        return true;
    }

    /// <summary>Count, sum, and for each bucket that is not empty, from the lowest: lower bound, upper bound, count.</summary>
    private static List<double> Numbers(HistogramSample h)
    {
        List<double> numbers = [Count(h, h.Count), Number(h.SumBits)];
        var negative = ModelValue.Buckets(h.NegativeSpans, h.NegativeBuckets, h.IsFloat);
        var descending = new List<int>(negative.Keys);
        descending.Reverse();
        foreach (var index in descending) numbers.AddRange([-Bound(h, index), -Bound(h, index - 1), negative[index]]);
        var threshold = Number(h.ZeroThresholdBits);
        if (Count(h, h.ZeroCount) != 0) numbers.AddRange([-threshold, threshold, Count(h, h.ZeroCount)]);
        foreach (var (index, count) in ModelValue.Buckets(h.PositiveSpans, h.PositiveBuckets, h.IsFloat))
            numbers.AddRange([Bound(h, index - 1), Bound(h, index), count]);
        return numbers;
    }

    /// <summary>Upper bound of a bucket.</summary>
    private static double Bound(HistogramSample h, int index)
    {
        if (h.Schema != HistogramSample.CustomSchema) return Math.Pow(2, index * Math.Pow(2, -h.Schema));
        if (index < 0) return double.NegativeInfinity;
        return index < h.CustomBounds.Count ? Number(h.CustomBounds[index]) : double.PositiveInfinity;
    }

    private static double Count(HistogramSample h, ulong count) => h.IsFloat ? Number(count) : count;

    private static double Number(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static bool IsSameZero(string text, ulong bits) => (bits << 1) != 0 || text.StartsWith('-') == (bits != 0);

    private static bool IsClose(double left, double right) =>
        left.Equals(right) || Math.Abs(left - right) <= Tolerance * Math.Max(Math.Abs(left), Math.Abs(right));

    private static double Parse(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"[+-]?Inf|NaN|-?[0-9][0-9.]*(e[+-]?[0-9]+)?")]
    private static partial Regex Numeral();
}
