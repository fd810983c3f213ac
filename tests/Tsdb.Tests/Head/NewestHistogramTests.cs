using Tsdb.Chunks;
using Tsdb.Head;

namespace Tsdb.Tests.Head;

public class NewestHistogramTests
{
    [Fact]
    public void CopyTo_AfterCopies_GivesTheNewestBack()
    {
        var newest = new NewestHistogram();
        HistogramSample[] all = [Sample(3, isFloat: false), Sample(40, isFloat: true), Sample(7, isFloat: false)];
        foreach (var expected in all)
        {
            newest.CopyFrom(expected);
            var copy = Sample(11, isFloat: false);
            newest.CopyTo(copy);
            Assert.True(HistogramEquality.AreEqual(expected, copy));
            Assert.Equal(expected.Hint, copy.Hint);
            Assert.Equal(expected.PositiveSpans, copy.PositiveSpans);
            Assert.Equal(expected.NegativeBuckets, copy.NegativeBuckets);
            Assert.Equal(expected.CustomBounds, copy.CustomBounds);
        }
    }

    [Fact]
    public void IsStale_Marker_IsSeen()
    {
        var marker = new HistogramSample();
        marker.SetStale(isFloat: true);
        var newest = new NewestHistogram();
        newest.CopyFrom(marker);
        Assert.True(newest.IsStale);
        Assert.True(newest.IsFloat);
    }

    private static HistogramSample Sample(int buckets, bool isFloat)
    {
        var sample = new HistogramSample
        {
            IsFloat = isFloat, Hint = CounterResetHint.NotReset, Schema = buckets % 8, ZeroThresholdBits = 5, ZeroCount = 6,
            Count = 7, SumBits = 8,
        };
        sample.PositiveSpans.Add(new BucketSpan(-buckets, (uint)buckets));
        sample.NegativeSpans.Add(new BucketSpan(3, 1));
        sample.NegativeSpans.Add(new BucketSpan(2, (uint)buckets));
        for (var i = 0; i < buckets; i++) sample.PositiveBuckets.Add((ulong)(i * buckets));
        for (var i = 0; i <= buckets; i++) sample.NegativeBuckets.Add((ulong)(i + buckets));
        for (var i = 0; i < buckets; i++) sample.CustomBounds.Add((ulong)i);
        return sample;
    }
}
