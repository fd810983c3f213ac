using TestKit;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head.Exemplars;

/// <summary>Exemplars of a database: with their samples, through cuts and restarts.</summary>
public class ExemplarTests
{
    private const long Start = 1_700_000_400_000; // The beginning of a ten-minute block.
    private const long Minute = 60_000;

    private static readonly LabelSet A = LabelSet.FromStrings(("__name__", "a"));

    [Fact]
    public void Exemplars_AfterCutsAndARestart_AreThoseNotBelowTheBlocks()
    {
        using var folder = new TempFolder();
        long min;
        using (var database = Open(folder, 1000))
        {
            for (var minute = 0; minute < 60; minute++)
            {
                Append(database, minute);
                if (minute % 15 == 14) database.CutDueBlocks(Start + (minute * Minute));
            }
            Assert.NotEmpty(Directory.GetDirectories(folder.At("wal")));
            Assert.Equal(60, Times(database).Count); // Cuts do not touch what is in memory.
            min = database.HeadMinTimeMs;
        }
        using (var database = Open(folder, 1000))
        {
            var times = Times(database);
            Assert.Equal(min, times[0]);
            Assert.Equal(Start + (59 * Minute), times[^1]);
        }
        using (var database = Open(folder, 3)) Assert.Equal(3, Times(database).Count);
        using (var database = Open(folder, 0)) Assert.Empty(Times(database));
    }

    [Fact]
    public void AppendExemplar_RolledBack_IsGone()
    {
        using var folder = new TempFolder();
        using var database = Open(folder, 10);
        using (var appender = database.CreateAppender())
        {
            appender.Append(A, Start, 1);
            Assert.Equal(ExemplarResult.Appended, Append(appender, 0));
        }
        Assert.Empty(Times(database));
        Assert.Equal(0, database.HeadMemory.Exemplars);
    }

    [Fact]
    public void AppendExemplar_WithoutSeriesOrStorage_SaysSo()
    {
        using var folder = new TempFolder();
        using (var database = Open(folder, 10))
        using (var appender = database.CreateAppender())
        {
            var item = new ExemplarItem { SeriesIndex = AppendItem.NoSeries, Labels = LabelSet.Empty };
            appender.AppendExemplar(ref item);
            Assert.Equal(ExemplarResult.NoSeries, item.Result);
        }
        using (var database = Open(folder, 0))
        using (var appender = database.CreateAppender())
        {
            appender.Append(A, Start, 1);
            Assert.Equal(ExemplarResult.Disabled, Append(appender, 0));
        }
    }

    private static void Append(Database database, int minute)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(A, Start + (minute * Minute), 1));
        Assert.Equal(ExemplarResult.Appended, Append(appender, minute));
        appender.Commit();
    }

    private static ExemplarResult Append(HeadAppender appender, int minute)
    {
        using var scratch = new ByteBuffer();
        AppendItem[] items = [new AppendItem { Key = CanonicalKey.Compute(A.Encoded, scratch) }];
        appender.Find(items);
        var item = new ExemplarItem
        {
            SeriesIndex = items[0].SeriesIndex,
            TimestampMs = Start + (minute * Minute),
            HasTimestamp = true,
            Labels = LabelSet.FromStrings(("trace_id", $"{minute}"), ("empty", "")),
        };
        appender.AppendExemplar(ref item);
        return item.Result;
    }

    private static List<long> Times(Database database)
    {
        var times = new List<long>();
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
        {
            Assert.Equal(A, series.Labels);
            foreach (var exemplar in series.Exemplars)
            {
                times.Add(exemplar.TimestampMs);
                var minute = (exemplar.TimestampMs - Start) / Minute;
                Assert.Equal(LabelSet.FromStrings(("trace_id", $"{minute}")), exemplar.Labels);
            }
        }
        return times;
    }

    private static Database Open(TempFolder folder, int exemplarsMax) => Database.Open(new DatabaseOptions
    {
        Directory = folder.Path,
        MinBlockDurationMs = 10 * Minute,
        MaxBlockDurationMs = 10 * Minute,
        RetentionMs = 0,
        ExemplarsMax = exemplarsMax,
        Clock = new ManualClock(),
    });
}
