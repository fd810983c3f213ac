using Tsdb.Chunks;

namespace Tsdb.Tests.Chunks;

public class HistogramChunkReuseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BeginInPlaceOf_SameLayout_WritesTheBytesOfANewChunk(bool isFloat)
    {
        var used = HistogramChunk.Begin(1000, Sample(isFloat, 0, spanLength: 9), CounterResetHeader.Unknown);
        for (var i = 1; i < 40; i++) used.Append(1000 + (i * 17L * i), Sample(isFloat, i, spanLength: 9), out _);

        var reused = HistogramChunk.BeginInPlaceOf(used, 90_000, Sample(isFloat, 3, spanLength: 9), CounterResetHeader.Reset);
        var fresh = HistogramChunk.Begin(90_000, Sample(isFloat, 3, spanLength: 9), CounterResetHeader.Reset);
        Assert.Same(used, reused);
        for (var i = 4; i < 60; i++)
        {
            Assert.Equal(fresh.Bytes.ToArray(), reused.Bytes.ToArray());
            fresh.Append(90_000 + (i * 1000), Sample(isFloat, i, spanLength: 9), out _);
            reused.Append(90_000 + (i * 1000), Sample(isFloat, i, spanLength: 9), out _);
        }
        Assert.Equal(fresh.SampleCount, reused.SampleCount);
    }

    [Fact]
    public void BeginInPlaceOf_AnotherLayout_LeavesTheEndedChunkAlone()
    {
        var used = HistogramChunk.Begin(1000, Sample(isFloat: false, 0, spanLength: 9), CounterResetHeader.Unknown);
        var before = used.Bytes.ToArray();

        var next = HistogramChunk.BeginInPlaceOf(
            used, 2000, Sample(isFloat: false, 1, spanLength: 5), CounterResetHeader.Unknown);

        Assert.NotSame(used, next);
        Assert.Equal(before, used.Bytes.ToArray());
    }

    private static HistogramSample Sample(bool isFloat, int step, uint spanLength)
    {
        var sample = new HistogramSample { IsFloat = isFloat, Schema = 2, SumBits = BitConverter.DoubleToUInt64Bits(step * 1.1) };
        sample.PositiveSpans.Add(new BucketSpan(-3, spanLength));
        for (var i = 0; i < spanLength; i++)
            sample.PositiveBuckets.Add(isFloat ? BitConverter.DoubleToUInt64Bits(step * i) : i == 0 ? (ulong)step : 1);
        sample.Count = isFloat ? BitConverter.DoubleToUInt64Bits(step) : (ulong)(step * 100);
        return sample;
    }
}
