using TestKit;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Wal;

namespace Tsdb.Tests.Head;

/// <summary>Series whose record the log refuses.</summary>
public sealed class SeriesCreationFailureTests
{
    private const long Start = 1_700_000_000_000;

    [Fact]
    public void Create_LogRefusesTheSeries_ItsNameNeverMeansAnother()
    {
        using var folder = new TempFolder();
        var disk = new FailingDisk();
        using (var database = Database.Open(new DatabaseOptions { Directory = folder.At("db"), Disk = disk }))
        {
            disk.FailWrites(1);
            Assert.Throws<IOException>(() => Append(database, "a", 1));
            Append(database, "b", 2); // May take the place that the other was to have.
            Append(database, "a", 3);
            Assert.Equal(2, database.SeriesCount);
        }
        using var reopened = Database.Open(new DatabaseOptions { Directory = folder.At("db") });
        var dump = HistogramDump.Of(reopened);
        Assert.Equal([Series("a"), Series("b")], dump.ConvertAll(series => series.Labels));
        Assert.Equal(Start + 3, Assert.Single(dump[0].Samples).Key);
        Assert.Equal(Start + 2, Assert.Single(dump[1].Samples).Key);
    }

    private static LabelSet Series(string name) => LabelSet.FromStrings(("__name__", name));

    private static void Append(Database database, string name, long offset)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(Series(name), Start + offset, offset));
        Assert.Equal(default, appender.Commit());
    }
}
