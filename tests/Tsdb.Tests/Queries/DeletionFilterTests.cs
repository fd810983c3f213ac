using Tsdb.Blocks;
using Tsdb.Queries;

namespace Tsdb.Tests.Queries;

public class DeletionFilterTests
{
    [Fact]
    public void TryFilter_NothingDeletedInside_SameBytes()
    {
        var chunk = TestChunks.Of(0, 10, 20);
        Assert.True(DeletionFilter.TryFilter(chunk, [new(0, 9), new(21, 30)], out var kept));
        Assert.Equal(chunk, kept);
    }

    [Fact]
    public void TryFilter_PartDeleted_BothEndsOfARangeAreGone()
    {
        var chunk = TestChunks.Of(0, 10, 20, 30, 40, 50);
        Assert.True(DeletionFilter.TryFilter(chunk, [new(0, 10), new(30, 40)], out var kept));
        Assert.Equal([(20, 20), (50, 50)], TestChunks.Decode([kept]));
    }

    [Fact]
    public void TryFilter_PartOfHistogramsDeleted_TheRestStays()
    {
        var chunk = TestChunks.Histograms(10, 20, 30, 40);
        Assert.True(DeletionFilter.TryFilter(chunk, [new(0, 10), new(30, 30)], out var kept));
        Assert.Equal([20, 40], TestChunks.Times(kept));
        Assert.False(DeletionFilter.TryFilter(chunk, [new(0, 25), new(26, 90)], out _));
    }

    [Fact]
    public void TryFilter_EverySampleHit_NothingLeft() =>
        Assert.False(DeletionFilter.TryFilter(TestChunks.Of(0, 10, 20), [new(5, 12), new(15, 25)], out _));

    [Theory]
    [InlineData(10, 20, true)]
    [InlineData(9, 20, false)]
    [InlineData(10, 21, false)]
    public void Covers_RangeOfAChunk_OnlyIfOneRangeHoldsAll(long min, long max, bool covered) =>
        Assert.Equal(covered, DeletionFilter.Covers([new DeletedRange(10, 20), new DeletedRange(22, 30)], min, max));

    [Fact]
    public void TryFilter_ManyHolesWithUnevenTimes_NoSampleLost()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        for (var round = 0; round < 200; round++)
        {
            var times = new long[200];
            var time = 0L;
            for (var i = 0; i < times.Length; i++) times[i] = time += 1 + (long)Math.Pow(10, random.Next(9));
            var deleted = new List<DeletedRange>();
            var expected = new List<(long, double)>();
            for (var i = 0; i < times.Length; i++)
            {
                if (i % 3 == 0 && random.Next(2) == 0) deleted.Add(new(times[i], times[i]));
                else expected.Add((times[i], times[i]));
            }
            Assert.True(DeletionFilter.TryFilter(TestChunks.Of(0, times), deleted, out var kept));
            Assert.True(expected.TrueForAll(TestChunks.Decode([kept]).Contains), $"seed {Seed}, round {round}");
        }
    }
}
