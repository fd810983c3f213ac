using Tsdb.Chunks;

namespace Tsdb.Tests.Chunks;

/// <summary>Integer buckets are judged eight at once as they are one by one.</summary>
public class RunningSumsTests
{
    [Fact]
    public void IsAnyBelow_OneBucketWentBack_IsSeenWhereverItIs()
    {
        var random = new Random(30);
        for (var count = 1; count < 50; count++)
        {
            var old = Counts(random, count, 1000);
            var now = Array.ConvertAll(old, bucket => bucket + random.Next(3));
            Assert.False(HistogramBuckets.IsAnyBelow(Differences(now), Differences(old), isFloat: false));
            for (var i = 0; i < count; i++)
            {
                var less = (long[])now.Clone();
                less[i] = old[i] - 1;
                Assert.True(HistogramBuckets.IsAnyBelow(Differences(less), Differences(old), isFloat: false), $"{i} of {count}");
            }
        }
    }

    [Fact]
    public void IsAnyBelow_AnyNumbers_ComparesSignedSumsThatWrap()
    {
        var random = new Random(31);
        for (var round = 0; round < 2000; round++)
        {
            var count = random.Next(40);
            var (now, old) = (new ulong[count], new ulong[count]);
            var expected = false;
            var (countNow, countOld) = (0L, 0L);
            for (var i = 0; i < count; i++)
            {
                now[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
                old[i] = random.Next(4) == 0 ? now[i] - (ulong)random.Next(5) : now[i];
                (countNow, countOld) = (countNow + (long)now[i], countOld + (long)old[i]);
                expected |= countNow < countOld;
            }
            Assert.True(expected == HistogramBuckets.IsAnyBelow(now, old, isFloat: false), $"round {round} of seed 31");
        }
    }

    [Fact]
    public void Fault_CountsOfBuckets_AreAddedUpAndNoneMayBeNegative()
    {
        var random = new Random(32);
        for (var count = 1; count < 50; count++)
        {
            var counts = Counts(random, count, 100_000);
            var total = 0ul;
            foreach (var bucket in counts) total += (ulong)bucket;
            Assert.Null(HistogramValidity.Fault(Sample(counts, total)));
            Assert.Contains("observations found in buckets", HistogramValidity.Fault(Sample(counts, total + 1)));
            for (var i = 0; i < count; i++)
            {
                var negative = (long[])counts.Clone();
                negative[i] = -1;
                var fault = HistogramValidity.Fault(Sample(negative, total));
                Assert.Contains($"bucket number {i + 1} has observation count of -1", fault);
            }
        }
    }

    private static HistogramSample Sample(long[] counts, ulong total)
    {
        var sample = new HistogramSample { Schema = 3, Count = total };
        sample.PositiveSpans.Add(new BucketSpan(0, (uint)counts.Length));
        sample.PositiveBuckets.AddRange(Differences(counts));
        return sample;
    }

    private static long[] Counts(Random random, int count, int max)
    {
        var counts = new long[count];
        for (var i = 0; i < count; i++) counts[i] = random.Next(max);
        return counts;
    }

    private static ulong[] Differences(long[] counts)
    {
        var differences = new ulong[counts.Length];
        for (var i = 0; i < counts.Length; i++) differences[i] = (ulong)(counts[i] - (i == 0 ? 0 : counts[i - 1]));
        return differences;
    }
}
