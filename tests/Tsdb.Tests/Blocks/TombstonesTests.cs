using Tsdb.Blocks;

namespace Tsdb.Tests.Blocks;

public sealed class TombstonesTests
{
    private const long StartMs = 1_700_000_000_000;

    [Fact]
    public void Encode_WorkedExamples_GiveTheirBytes()
    {
        Assert.Equal("0130ba300100000000", Convert.ToHexStringLower(Tombstones.Encode([])));
        Assert.Equal(
            "0130ba30010380a0abfef96294a0abfef9622ec7ce48",
            Convert.ToHexStringLower(Tombstones.Encode([(3, new DeletedRange(StartMs, StartMs + 10))])));
    }

    [Fact]
    public void Decode_RangesInAnyOrder_SortsAndMergesThem()
    {
        var bytes = Tombstones.Encode(
        [
            (7, new DeletedRange(50, 60)), (3, new DeletedRange(1, 2)),
            (7, new DeletedRange(10, 20)), (7, new DeletedRange(21, 30)),
            (7, new DeletedRange(15, 16)), (7, new DeletedRange(32, 40)), (9, new DeletedRange(long.MinValue, long.MaxValue)),
            (9, new DeletedRange(0, 1)),
        ]);
        var tombstones = Tombstones.Decode(bytes, out _)!;
        Assert.Equal([new DeletedRange(10, 30), new DeletedRange(32, 40), new DeletedRange(50, 60)], tombstones.Find(7));
        Assert.Equal([new DeletedRange(1, 2)], tombstones.Find(3));
        Assert.Equal([new DeletedRange(long.MinValue, long.MaxValue)], tombstones.Find(9));
        Assert.Empty(tombstones.Find(8));
    }
}
