using TestKit;
using Tsdb.Tests.Model;
using static Tsdb.Tests.Head.OutOfOrderFixture;

namespace Tsdb.Tests.Head.Replay;

/// <summary>What the log has behind a memory snapshot says nothing of what is in chunk files since before.</summary>
public sealed class SnapshotLateTests
{
    [Theory]
    [InlineData(120_000)]
    [InlineData(7_300_000)]
    public void Open_LateSampleBehindASnapshotOfASeriesInFilesOnly_KeepsThoseInTheFiles(long nextMs)
    {
        using var folder = new TempFolder();
        var database = Open("0");
        Append(database, "a", (Start, 1), (Start + 60_000, 2));
        for (var i = 0; i < 2; i++) // The first snapshot has an open chunk, the second none.
        {
            database.Dispose();
            database = Open("0");
        }
        Append(database, "a", (Start - 1000, 3));
        Append(database, "a", (Start + nextMs, 4));
        DirectoryCopy.Take(folder.At("0"), folder.At("1"));
        database.Dispose();
        using var again = Open("1");
        Assert.Equal($$"""{__name__="a"} -1000=3 0=1 60000=2 {{nextMs}}=4""", Dump(again));

        Database Open(string name) =>
            OutOfOrderFixture.Open(folder.At(name), static options => options with { MemorySnapshotOnShutdown = true });
    }
}
