using TestKit;
using Tsdb.Labels;
using Tsdb.Tests.Model;
using Tsdb.Tests.Wal;
using static Tsdb.Tests.Head.OutOfOrderFixture;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Deletions;

/// <summary>Deletions of what came out of order hold until it is in blocks and behind, and take nothing that came
/// later.</summary>
public sealed class LateDeletionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private Database _database;
    private int _copies;

    public LateDeletionTests() => _database = Open(_folder.At("0"));

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delete_ListAndChunks_StayDeletedThroughCutsRestartsAndCompaction(bool isKilled)
    {
        Append(_database, "a", (Start + 60_000, 1), (Start + 7_300_000, 2));
        for (var i = 0; i < 7; i++) Append(_database, "a", (Start + ((i + 1) * 1000), 10 + i)); // A chunk of four, a list.
        Append(_database, "b", (Start + 2000, 3));
        Assert.Equal(2, _database.Delete(Start + 2000, Start + 6000, [Name("a")]) + _database.Delete(0, Start, [Name("a")]) + 1);
        var expected = """
            {__name__="a"} 1000=10 7000=16 60000=1 7300000=2
            {__name__="b"} 2000=3
            """;
        Assert.Equal(expected, Dump(_database));

        Reopen(isKilled);
        Assert.Equal(expected, Dump(_database));
        // The head's bounds pass the deleted range, and the log is folded into a checkpoint.
        for (var i = 0; i < 3; i++)
        {
            Append(_database, "a", (Start + ((i + 3) * 7_200_000), i), (Start + ((i + 3) * 7_200_000) + 1, i));
            _database.Flush();
        }
        expected = Dump(_database);
        Assert.StartsWith("""{__name__="a"} 1000=10 7000=16 60000=1 7300000=2 21600000=0""", expected, StringComparison.Ordinal);
        Reopen(isKilled);
        Assert.Equal(expected, Dump(_database));
        Assert.NotEmpty(_database.CompactOutOfOrder());
        Assert.Equal(expected, Dump(_database));
        Assert.Equal(0, _database.Parts.Head.Late.DeletedCount);
        Assert.Equal(0, _database.HeadMemory.OutOfOrder);
        Reopen(isKilled);
        Assert.Equal(expected, Dump(_database));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delete_SampleThatComesAgain_IsThereFromThenOn(bool isKilled)
    {
        Append(_database, "a", (Start, 1), (Start + 60_000, 2));
        Append(_database, "a", (Start + 1000, 3), (Start + 2000, 4));
        _database.Delete(Start + 1000, Start + 2000, [Name("a")]);
        Append(_database, "a", (Start + 2000, 5));
        var expected = """{__name__="a"} 0=1 2000=5 60000=2""";
        Assert.Equal(expected, Dump(_database));

        Reopen(isKilled);
        Assert.Equal(expected, Dump(_database));
        for (var i = 0; i < 4; i++) Append(_database, "a", (Start + 3000 + i, i)); // What came again goes into a chunk.
        expected = """{__name__="a"} 0=1 2000=5 3000=0 3001=1 3002=2 3003=3 60000=2""";
        Reopen(isKilled);
        Assert.Equal(expected, Dump(_database));
        _database.CompactOutOfOrder();
        Assert.Equal(expected, Dump(_database));
    }

    /// <summary>The log has late samples among the others, and a start takes such a series' first one in order.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Delete_SamplesThatCameLateBeforeAllOthers_StayDeleted(bool isCompacted, bool goesOn)
    {
        Append(_database, "a", (Start + 7_300_000, 1));
        Append(_database, "b", (Start + 1000, 2), (Start + 2000, 3));
        Append(_database, "c", (Start + 1000, 4));
        if (goesOn) Append(_database, "b", (Start + 7_300_000, 5));
        if (isCompacted) Assert.NotEmpty(_database.CompactOutOfOrder());
        _database.Delete(Start, Start + 1500, [Name("b")]);
        var expected = $$"""
            {__name__="a"} 7300000=1
            {__name__="b"} 2000=3{{(goesOn ? " 7300000=5" : "")}}
            {__name__="c"} 1000=4
            """;
        Assert.Equal(expected, Dump(_database));

        Reopen(isKilled: true);
        Assert.Equal(expected, Dump(_database));
        Append(_database, "b", (Start + 1000, 6));
        expected = expected.Replace("} 2000=3", "} 1000=6 2000=3", StringComparison.Ordinal);
        Assert.Equal(expected, Dump(_database));
        Reopen(isKilled: false);
        Assert.Equal(expected, Dump(_database));
    }

    [Fact]
    public void Delete_BelowTheHeadAndOfHistograms_TakesThemToo()
    {
        Append(_database, "a", (Start, 1));
        Append(_database, "a", (Start - 5000, 2), (Start - 4000, 3));
        AppendHistogram(_database, "h", Start, 5, isFloat: false);
        for (var i = 1; i < 7; i++) AppendHistogram(_database, "h", Start - (i * 1000), (ulong)i, isFloat: false);
        _database.Delete(long.MinValue, Start - 4500, [Name("a|h")]);
        Assert.StartsWith("""{__name__="a"} -4000=3 0=1""", Dump(_database), StringComparison.Ordinal);
        Assert.DoesNotContain("-5000=", Dump(_database), StringComparison.Ordinal);
        var expected = Dump(_database);
        Reopen(isKilled: true);
        Assert.Equal(expected, Dump(_database));
    }

    [Fact]
    public void Delete_WhenTheLogRefuses_DeletesNothingAndCanBeRepeated()
    {
        _database.Dispose();
        var disk = new FailingDisk();
        _database = Open(_folder.At("0"), options => options with { Disk = disk });
        Append(_database, "a", (Start, 1));
        Append(_database, "a", (Start - 1000, 2), (Start - 2000, 3));
        disk.Refuses = (operation, path) => operation == "write" && path.Contains("wbl", StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => { _database.Delete(Start - 1000, Start - 1000, [Name("a")]); });
        Assert.Equal("""{__name__="a"} -2000=3 -1000=2 0=1""", Dump(_database));

        disk.Refuses = null;
        _database.Delete(Start - 1000, Start - 1000, [Name("a")]);
        Append(_database, "a", (Start - 3000, 4));
        Reopen(isKilled: true);
        Assert.Equal("""{__name__="a"} -3000=4 -2000=3 0=1""", Dump(_database));
    }

    [Fact]
    public void Delete_WhenThereAreTooManyRanges_IsRefusedAndChangesNothing()
    {
        Append(_database, "a", (Start, 1));
        Append(_database, "a", (Start - 1000, 2), (Start - 2000, 3));
        _database.Parts.Head.Tombstones.RangesMax = 1;
        _database.Delete(Start - 1000, Start - 1000, [Name("a")]);
        Assert.Throws<InsufficientMemoryException>(() => _database.Delete(Start - 2000, Start - 2000, [Name("a")]));
        Assert.Equal("""{__name__="a"} -2000=3 0=1""", Dump(_database));
    }

    private static Matcher Name(string pattern)
    {
        Assert.True(Matcher.TryCreate(
            MatchType.Regex, "__name__"u8, System.Text.Encoding.UTF8.GetBytes(pattern), out var matcher, out _));
        return matcher;
    }

    private void Reopen(bool isKilled)
    {
        if (isKilled) DirectoryCopy.Take(_folder.At($"{_copies}"), _folder.At($"{++_copies}"));
        _database.Dispose();
        _database = Open(_folder.At($"{_copies}"));
    }
}
