using System.Globalization;
using Tsdb.Chunks;

namespace Tsdb.Tests.Model;

/// <summary>What kind of value a step appends.</summary>
internal enum ValueKind
{
    /// <summary>A float that grows with its number.</summary>
    Float,

    /// <summary>A float with unusual bits.</summary>
    OddFloat,

    /// <summary>The marker that ends a series, as a float.</summary>
    Stale,

    /// <summary>Integer histogram of a counter.</summary>
    Histogram,

    /// <summary>Integer histogram of a gauge.</summary>
    GaugeHistogram,

    /// <summary>Float histogram of a counter.</summary>
    FloatHistogram,

    /// <summary>Float histogram of a gauge.</summary>
    FloatGaugeHistogram,

    /// <summary>Integer histogram with bounds of its own.</summary>
    CustomHistogram,

    /// <summary>Float histogram with bounds of its own.</summary>
    CustomFloatHistogram,

    /// <summary>The marker that ends a series, as a histogram.</summary>
    StaleHistogram,

    /// <summary>A histogram that contradicts itself.</summary>
    InvalidHistogram,
}

/// <summary>A value by kind and number: the same spec is always the same value; a counter's grow with the number.</summary>
internal readonly record struct ValueSpec(ValueKind Kind, int Number)
{
    // Ordinary NaN, a NaN with a payload, both infinities, negative zero, the smallest and the largest number, sevenths.
    private static readonly ulong[] Odd =
    [
        0x7ff8000000000000, 0xfff8000000000abc, 0x7ff0000000000000, 0xfff0000000000000, 0x8000000000000000, 1,
        0x7fefffffffffffff, 0x3fc2492492492492,
    ];

    public bool IsHistogram => Kind >= ValueKind.Histogram;

    public ModelValue Make() => Kind switch
    {
        ValueKind.Float => ModelValue.Of(BitConverter.DoubleToUInt64Bits(Number * 0.25)),
        ValueKind.OddFloat => ModelValue.Of(Odd[Number % Odd.Length]),
        ValueKind.Stale => ModelValue.Of(StaleMarker.Bits),
        _ => ModelValue.Of(Histogram()),
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Number})");

    private HistogramSample Histogram()
    {
        var isFloat = Kind is ValueKind.FloatHistogram or ValueKind.FloatGaugeHistogram or ValueKind.CustomFloatHistogram
            || (Kind == ValueKind.StaleHistogram && Number % 2 == 1);
        var sample = new HistogramSample { IsFloat = isFloat };
        if (Kind == ValueKind.StaleHistogram)
        {
            sample.SetStale(isFloat);
            return sample;
        }
        var layout = Number / 7; // The layout changes every few samples, the counts with each.
        if (Kind is ValueKind.CustomHistogram or ValueKind.CustomFloatHistogram) FillCustom(sample, layout);
        else FillExponential(sample, layout);
        if (Kind is ValueKind.GaugeHistogram or ValueKind.FloatGaugeHistogram) sample.Hint = CounterResetHint.Gauge;
        sample.SumBits = BitConverter.DoubleToUInt64Bits(Number * 1.5);
        if (Kind == ValueKind.InvalidHistogram) sample.Count++; // More than the buckets hold.
        return sample;
    }

    private void FillExponential(HistogramSample sample, int layout)
    {
        sample.Schema = layout / 8 % 4;
        sample.ZeroThresholdBits = BitConverter.DoubleToUInt64Bits(layout % 5 == 4 ? 0.01 : 0.001);
        sample.PositiveSpans.Add(new BucketSpan(-(layout % 3), (uint)(2 + (layout % 4))));
        if (layout % 2 == 1) sample.PositiveSpans.Add(new BucketSpan(2, 2));
        if (layout % 6 == 5) sample.PositiveSpans.Add(new BucketSpan(0, 1));
        var total = Fill(sample, sample.PositiveSpans, sample.PositiveBuckets);
        if (layout % 4 >= 2)
        {
            sample.NegativeSpans.Add(new BucketSpan(1, 2));
            total += Fill(sample, sample.NegativeSpans, sample.NegativeBuckets);
        }
        sample.ZeroCount = As(sample, Number / 2);
        sample.Count = As(sample, total + (Number / 2));
    }

    private void FillCustom(HistogramSample sample, int layout)
    {
        sample.Schema = HistogramSample.CustomSchema;
        var bounds = 3 + (layout / 8 % 3);
        for (var i = 0; i < bounds; i++) sample.CustomBounds.Add(BitConverter.DoubleToUInt64Bits(0.5 * (i + 1)));
        sample.PositiveSpans.Add(new BucketSpan(layout % 2, (uint)(1 + (layout % 3))));
        sample.Count = As(sample, Fill(sample, sample.PositiveSpans, sample.PositiveBuckets));
    }

    /// <summary>Fills the buckets of the spans with counts that grow with the number; one in five stays empty.</summary>
    private long Fill(HistogramSample sample, List<BucketSpan> spans, List<ulong> buckets)
    {
        var (total, last, index) = (0L, 0L, 0);
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0u; i < span.Length; i++, index++)
            {
                var count = index % 5 == 4 ? 0 : (long)Number * (Math.Abs(index) + 1);
                buckets.Add(sample.IsFloat ? As(sample, count) : (ulong)(count - last));
                (total, last) = (total + count, count);
            }
        }
        return total;
    }

    private static ulong As(HistogramSample sample, long count) =>
        sample.IsFloat ? BitConverter.DoubleToUInt64Bits(count) : (ulong)count;
}
