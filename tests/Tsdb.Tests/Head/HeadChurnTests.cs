using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

/// <summary>Series come and go: what is collected must disappear from every lookup, and what stays must not.</summary>
public sealed class HeadChurnTests : IDisposable
{
    private const long Start = 1_700_000_000_000;
    private const long Hour = 3_600_000;

    private readonly TestKit.TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Collect_SeriesThatEnded_ReusesSlotsAndKeepsTheLiving()
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        for (var generation = 0; generation < 4; generation++)
        {
            var from = Start + (generation * 4 * Hour);
            for (var t = from; t < from + (4 * Hour); t += 60_000)
            {
                Append(database, "stays", "x", t);
                for (var i = 0; i < 20; i++) Append(database, "goes", $"{generation}-{i}", t);
            }
            database.CutDueBlocks(from + (4 * Hour));
        }

        Assert.True(database.SeriesCount <= 1 + (2 * 20), $"{database.SeriesCount} series in the head");
        Assert.True(database.HeadCounters.SeriesRemoved >= 2 * 20);
        var seen = new HashSet<string>();
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.Equal, "__name__"u8, "goes"u8, out var goes, out _));
        using (var cursor = database.Select(long.MinValue, long.MaxValue, [goes], skipChunks: true))
            while (cursor.MoveNext()) Assert.True(seen.Add(cursor.Labels.ToString()));
        Assert.Equal(4 * 20, seen.Count);
        var ids = database.LabelValues("id"u8, database.HeadMinTimeMs, long.MaxValue, []);
        Assert.DoesNotContain(ids, id => id.Span.StartsWith("0-"u8));
    }

    [Fact]
    public void Collect_WhileAReaderIsAtWork_WaitsForIt()
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        for (var t = Start; t < Start + (6 * Hour); t += 60_000) Append(database, "a", "x", t);
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.Equal, "__name__"u8, "a"u8, out var matcher, out _));
        using (var cursor = database.Select(long.MinValue, long.MaxValue, [matcher], skipChunks: false))
        {
            database.CutDueBlocks(Start + (6 * Hour));
            Assert.True(cursor.MoveNext());
            // The read began before the blocks existed, so all six hours must come from the head.
            Assert.Equal(Start, cursor.Chunks[0].MinTimeMs);
            Assert.Equal(Start + (6 * Hour) - 60_000, cursor.Chunks[^1].MaxTimeMs);
        }
    }

    [Fact]
    public void Create_SameLabelsInAnotherSpelling_IsOneSeries()
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        var labels = LabelSet.FromStrings(("__name__", "a"), ("b", "c"));
        for (var spelling = 1UL; spelling <= 3; spelling++)
        {
            using var appender = database.CreateAppender();
            Span<AppendItem> items = [new AppendItem { Key = new KeyHash(spelling, 99), TimestampMs = Start + (long)spelling }];
            appender.Find(items);
            Assert.Equal(AppendItem.NoSeries, items[0].SeriesIndex);
            Assert.Equal(spelling == 1 ? CreateResult.Created
                : CreateResult.Existing, appender.Create(ref items[0], labels.Encoded));
            appender.Append(items);
            appender.Commit();
            Assert.Equal(AppendResult.Appended, items[0].Result);
        }
        using var again = database.CreateAppender();
        Span<AppendItem> known = [new AppendItem { Key = new KeyHash(2, 99), TimestampMs = Start + 10 }];
        again.Find(known);
        Assert.NotEqual(AppendItem.NoSeries, known[0].SeriesIndex);
        Assert.Equal(1, database.SeriesCount);
    }

    [Fact]
    public void Rollback_AfterCreate_LeavesNothing()
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        var labels = LabelSet.FromStrings(("__name__", "a"));
        using (var appender = database.CreateAppender())
        {
            var item = new AppendItem { Key = new KeyHash(1, 2), TimestampMs = Start };
            appender.Create(ref item, labels.Encoded);
        }
        Assert.Equal(0, database.SeriesCount);
        Assert.Empty(database.LabelNames(long.MinValue, long.MaxValue, []));
    }

    private static void Append(Database database, string name, string id, long t)
    {
        var labels = LabelSet.FromStrings(("__name__", name), ("id", id));
        using var appender = database.CreateAppender();
        Span<AppendItem> items = [new AppendItem { Key = KeyedHash.Compute(labels.Encoded), TimestampMs = t, ValueBits = 1 }];
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
        appender.Append(items);
        appender.Commit();
        Assert.Equal(AppendResult.Appended, items[0].Result);
    }
}
