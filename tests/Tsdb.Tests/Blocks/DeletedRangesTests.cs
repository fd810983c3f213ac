using Tsdb.Blocks;

namespace Tsdb.Tests.Blocks;

/// <summary>The algebra of deleted ranges against a set of single times.</summary>
public class DeletedRangesTests
{
    private const int TimesMax = 40;

    [Fact]
    public void Add_RandomRanges_DeletesTheUnionAndStaysNormal()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var deleted = new bool[TimesMax + 1];
            DeletedRange[] ranges = [];
            for (var step = 0; step < 12; step++)
            {
                var added = Pick(random);
                for (var t = added.MinTimeMs; t <= added.MaxTimeMs; t++) deleted[t] = true;
                ranges = DeletedRanges.Add(ranges, added);
                Assert.True(Expected(deleted) == string.Join(' ', ranges), $"seed {seed}, step {step}");
            }
        }
    }

    [Fact]
    public void Normalise_RandomRanges_GivesWhatAddingOneByOneGives()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            List<DeletedRange> all = [];
            DeletedRange[] added = [];
            for (var i = 0; i < 8; i++)
            {
                all.Add(Pick(random));
                added = DeletedRanges.Add(added, all[^1]);
            }
            DeletedRanges.Normalise(all);
            Assert.True(string.Join(' ', all) == string.Join(' ', added), $"seed {seed}");
        }
    }

    [Fact]
    public void Add_AtTheEndsOfTime_DoesNotOverflow()
    {
        var all = DeletedRanges.Add([new(5, long.MaxValue)], new(long.MinValue, 4));
        Assert.Equal([new DeletedRange(long.MinValue, long.MaxValue)], all);
        Assert.Equal(all, DeletedRanges.Add(all, new(0, 1)));
    }

    private static DeletedRange Pick(Random random)
    {
        var from = random.Next(TimesMax);
        return new DeletedRange(from, Math.Min(TimesMax - 1, from + random.Next(8)));
    }

    private static string Expected(bool[] deleted)
    {
        var ranges = new List<DeletedRange>();
        for (var t = 0; t < TimesMax; t++)
        {
            if (!deleted[t]) continue;
            var from = t;
            while (deleted[t + 1]) t++;
            ranges.Add(new DeletedRange(from, t));
        }
        return string.Join(' ', ranges);
    }
}
