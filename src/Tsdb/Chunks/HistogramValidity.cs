using System.Globalization;
using System.Runtime.Intrinsics;

namespace Tsdb.Chunks;

/// <summary>Judges whether a native histogram makes sense, by the rules and in the words of upstream.</summary>
/// <remarks>Source: docs/formats/head.md, "Native histograms". Pure; allocates only the text of a fault.</remarks>
public static class HistogramValidity
{
    // Exponential schemas that are stored; finer ones are reduced by whoever reads them, before they come here.
    private const int SchemaMin = -4;
    private const int SchemaMax = 8;

    /// <summary>What is wrong with a histogram, or null when it may be stored.</summary>
    public static string? Fault(HistogramSample sample)
    {
        ulong negatives = 0, positives = 0;
        string? fault;
        if (sample.Schema == HistogramSample.CustomSchema)
        {
            fault = Prefixed("custom buckets: ", CustomFault(sample));
        }
        else if (sample.Schema is >= SchemaMin and <= SchemaMax)
        {
            fault = Prefixed("positive side: ", SpansFault(sample.Positive, isOffsetFree: true))
                ?? Prefixed("negative side: ", SpansFault(sample.Negative, isOffsetFree: true))
                ?? Prefixed("negative side: ", BucketsFault(sample.Negative.Numbers, sample.IsFloat, out negatives));
            if (sample.CustomBounds.Count > 0) fault ??= "histogram with exponential schema must not have custom bounds";
        }
        else
        {
            return $"histogram has an invalid schema, which must be between {SchemaMin} and {SchemaMax} for exponential "
                + $"buckets, or {HistogramSample.CustomSchema} for custom buckets, got schema {sample.Schema}";
        }
        fault ??= Prefixed("positive side: ", BucketsFault(sample.Positive.Numbers, sample.IsFloat, out positives));
        return fault ?? (sample.IsFloat ? FloatCountFault(sample) : CountFault(sample, negatives + positives));
    }

    private static string? CountFault(HistogramSample sample, ulong inBuckets)
    {
        var found = inBuckets + sample.ZeroCount;
        var isInexact = double.IsNaN(ToDouble(sample.SumBits)); // Observations of NaN are in no bucket.
        if (isInexact ? found <= sample.Count : found == sample.Count) return null;
        return $"{found} observations found in buckets, but the Count field is {sample.Count}: histogram's observation count "
            + (isInexact ? "should be at least the number of observations found in the buckets"
                : "should equal the number of observations found in the buckets (in absence of NaN)");
    }

    /// <summary>Counts of floats are not compared with the buckets: sums of doubles are inexact.</summary>
    private static string? FloatCountFault(HistogramSample sample)
    {
        var (zeroes, count) = (ToDouble(sample.ZeroCount), ToDouble(sample.Count));
        if (zeroes < 0)
            return $"zero bucket has observation count of {Text(zeroes)}: "
                + "histogram has a bucket whose observation count is negative";
        return count < 0 ? $"observation count is  {Text(count)}: histogram's observation count is negative" : null;
    }

    private static string? CustomFault(HistogramSample sample)
    {
        if (BoundsFault(sample.CustomBounds) is { } fault) return fault;
        if (SpansFault(sample.Positive, isOffsetFree: false) is { } spansFault) return spansFault;
        long extent = 0;
        foreach (var span in sample.PositiveSpans) extent += span.Length + (long)span.Offset;
        if (sample.CustomBounds.Count + 1 < extent)
            return $"only {sample.CustomBounds.Count} custom bounds defined which is insufficient to cover total span length of "
                + $"{extent}: histogram custom bounds are too few";
        if (sample.IsFloat ? ToDouble(sample.ZeroCount) != 0 : sample.ZeroCount != 0) return "must have zero count of 0";
        if (ToDouble(sample.ZeroThresholdBits) != 0) return "must have zero threshold of 0";
        if (sample.NegativeSpans.Count > 0) return "must not have negative spans";
        return sample.NegativeBuckets.Count > 0 ? "must not have negative buckets" : null;
    }

    private static string? BoundsFault(List<ulong> bounds)
    {
        var previous = double.NegativeInfinity;
        for (var i = 0; i < bounds.Count; i++)
        {
            var bound = ToDouble(bounds[i]);
            if (double.IsNaN(bound)) return "histogram custom bounds must not be NaN";
            if (i > 0 && bound <= previous)
                return string.Create(CultureInfo.InvariantCulture, $"previous bound is {previous:F6} and current is {bound:F6}: ")
                    + "histogram custom bounds must be in strictly increasing order";
            previous = bound;
        }
        return double.IsPositiveInfinity(previous)
            ? "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite" : null;
    }

    private static string? SpansFault(BucketsView buckets, bool isOffsetFree)
    {
        long covered = 0;
        for (var i = 0; i < buckets.Spans.Length; i++)
        {
            var span = buckets.Spans[i];
            if (span.Offset < 0 && (i > 0 || !isOffsetFree))
                return $"span number {i + 1} with offset {span.Offset}: histogram has a span whose offset is negative";
            covered += span.Length;
        }
        return covered == buckets.Numbers.Length ? null
            : $"spans need {covered} buckets, have {buckets.Numbers.Length} buckets: "
                + "histogram spans specify different number of buckets than provided";
    }

    private static string? BucketsFault(ReadOnlySpan<ulong> numbers, bool isFloat, out ulong total)
    {
        total = 0;
        if (isFloat) return IsAnyNegative(numbers) ? NegativeFault(numbers, isFloat) : null;
        long last = 0, signs = 0;
        var done = RunningSums.IsSupported ? RunningSums.Of(numbers, ref last, ref signs, ref total) : 0;
        foreach (var number in numbers[done..])
        {
            last += (long)number;
            signs |= last;
            total += (ulong)last;
        }
        return signs < 0 ? NegativeFault(numbers, isFloat) : null;
    }

    private static bool IsAnyNegative(ReadOnlySpan<ulong> numbers)
    {
        var i = 0;
        for (; i <= numbers.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            if (Vector256.LessThanAny(Vector256.Create(numbers[i..]).AsDouble(), Vector256<double>.Zero)) return true;
        }
        for (; i < numbers.Length; i++)
        {
            if (ToDouble(numbers[i]) < 0) return true;
        }
        return false;
    }

    private static string? NegativeFault(ReadOnlySpan<ulong> numbers, bool isFloat)
    {
        long last = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            var observed = ToDouble(numbers[i]);
            last = isFloat ? 0 : last + (long)numbers[i];
            if (isFloat ? observed < 0 : last < 0)
                return $"bucket number {i + 1} has observation count of {(isFloat ? Text(observed) : Text(last))}: "
                    + "histogram has a bucket whose observation count is negative";
        }
        return null;
    }

    private static string? Prefixed(string prefix, string? fault) => fault is null ? null : prefix + fault;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static double ToDouble(ulong bits) => BitConverter.UInt64BitsToDouble(bits);
}
