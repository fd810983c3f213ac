using System.Text;
using TestKit;
using Tsdb.Labels;
using Tsdb.Tests.Model;
using static Tsdb.Tests.Head.OutOfOrderFixture;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Deletions;

/// <summary>Deletions of what came out of order hold through kills that cost the end of a chunk file, and cost nothing
/// else.</summary>
public sealed class LateDeletionRestartTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private Database _database;
    private int _copies;

    public LateDeletionRestartTests() => _database = Open(_folder.At("0"));

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("k d kcc")]
    [InlineData("d kcc")]
    [InlineData("kk d kkc")]
    [InlineData("k d k d ckc")]
    [InlineData("k d o kck")]
    public void Delete_ChunksThatAKillLost_StaysThroughTheStartsAfter(string steps)
    {
        Append(_database, "a", (Start, 1), (Start + 60_000, 2));
        for (var i = 1; i <= 6; i++) Append(_database, "a", (Start + (i * 1000), i)); // A chunk of four in a buffer, a list.
        foreach (var step in steps)
        {
            if (step is 'k' or 'c') Reopen(isKilled: step == 'k');
            if (step == 'd') _database.Delete(Start + 2000, Start + 5000, [Name("a")]);
            if (step == 'o') _database.CompactOutOfOrder();
            if (step == 'd') Append(_database, "a", (Start + 3000, 7)); // What comes again stays.
        }
        var expected = """{__name__="a"} 0=1 1000=1 3000=7 6000=6 60000=2""";
        Assert.Equal(expected, Dump(_database));
        _database.CompactOutOfOrder();
        Reopen(isKilled: true);
        Assert.Equal(expected, Dump(_database));
    }

    [Fact]
    public void Compaction_OfDeletedSamplesWhileOneIsAppended_KeepsThatOne()
    {
        Append(_database, "a", (Start, 1), (Start + 60_000, 2));
        Append(_database, "a", (Start + 1000, 3), (Start + 20_000, 4));
        _database.Delete(Start + 1000, Start + 1000, [Name("a")]);
        using (_database.Select(long.MinValue, long.MaxValue, [Name("a")], skipChunks: false))
        {
            _database.CompactOutOfOrder(); // Cannot forget what it wrote while this is read.
            Append(_database, "a", (Start + 5000, 5));
        }
        _database.Parts.Late.TryFinish();
        Reopen(isKilled: true);
        Assert.Equal("""{__name__="a"} 0=1 5000=5 20000=4 60000=2""", Dump(_database));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delete_InABlockWhoseChunksAreInFilesStill_StaysThroughRestarts(bool isKilled)
    {
        Append(_database, "a", (Start, 1), (Start + 60_000, 2));
        Append(_database, "a", (Start + 1000, 3), (Start + 20_000, 4));
        Append(_database, "b", (Start, 1), (Start - 1000, 3));
        _database.CompactOutOfOrder();
        _database.Delete(Start + 1000, Start + 1000, [Name("a")]);
        const string Expected = """
            {__name__="a"} 0=1 20000=4 60000=2
            {__name__="b"} -1000=3 0=1
            """;
        Assert.Equal(Expected, Dump(_database));
        for (var i = 0; i < 3; i++)
        {
            Reopen(isKilled);
            Assert.Equal(Expected, Dump(_database));
            if (i == 0) _database.CleanTombstones();
            if (i == 1) _database.CompactOutOfOrder();
        }
    }

    private static Matcher Name(string name)
    {
        Assert.True(Matcher.TryCreate(MatchType.Equal, "__name__"u8, Encoding.UTF8.GetBytes(name), out var matcher, out _));
        return matcher;
    }

    private void Reopen(bool isKilled)
    {
        if (isKilled) DirectoryCopy.Take(_folder.At($"{_copies}"), _folder.At($"{++_copies}"));
        _database.Dispose();
        _database = Open(_folder.At($"{_copies}"));
    }
}
