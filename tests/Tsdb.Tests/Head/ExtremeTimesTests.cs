using TestKit;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

/// <summary>Times at the ends of what 64 bits hold: cutting, compacting and starting again neither loop nor lose what was
/// accepted.</summary>
public class ExtremeTimesTests
{
    private const long Min = long.MinValue;
    private const long Max = long.MaxValue;

    [Theory]
    [InlineData(Max, Max)]
    [InlineData(Max - 1, Max - 1)]
    [InlineData(Max - 1, Max)]
    [InlineData(Max - 20_000_000, Max)]
    [InlineData(Min, Min)]
    [InlineData(Min + 1, Min + 1)]
    [InlineData(Min, Min + 1)]
    [InlineData(Min + 1, Min + 20_000_000)]
    [InlineData(Min, 0)]
    [InlineData(Min + 1, Max)]
    [InlineData(-1, 1)]
    [InlineData(0, Max - 1)]
    [InlineData(0, Max)]
    public async Task CutAndStartAgain_AtTheEndsOfTime_KeepsWhatWasAccepted(long first, long second)
    {
        var work = Task.Run(() => Run(first, second, 0));
        await work.WaitAsync(TimeSpan.FromSeconds(60));
        work = Task.Run(() => Run(first, second, long.MaxValue));
        await work.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static void Run(long first, long second, long windowMs)
    {
        using var folder = new TempFolder();
        var accepted = new SortedSet<long>();
        foreach (var now in (long[])[0, Max, Min])
        {
            using (var database = Open(folder, windowMs))
            {
                Append(database, first, accepted);
                Append(database, second, accepted);
                Append(database, first + ((second / 2) - (first / 2)), accepted);
                Check(database, accepted, "appended");
                database.CutDueBlocks(now);
                Check(database, accepted, "cut");
                database.Flush();
                Check(database, accepted, "flushed");
                database.CompactOutOfOrder();
                Check(database, accepted, "compacted");
            }
            using (var database = Open(folder, windowMs)) Check(database, accepted, "opened");
        }
    }

    private static Database Open(TempFolder folder, long windowMs) => Database.Open(new DatabaseOptions
    {
        Directory = folder.Path, TooFarInFuture = TimeSpan.Zero, OutOfOrderWindowMs = windowMs, RetentionMs = 0,
        Clock = new ManualClock(),
    });

    private static void Append(Database database, long t, SortedSet<long> accepted)
    {
        using var appender = database.CreateAppender();
        var result = appender.Append(LabelSet.FromStrings(("__name__", "a")), t, 1);
        if (appender.Commit() == default && result <= AppendResult.Duplicate) accepted.Add(t);
    }

    private static void Check(Database database, SortedSet<long> accepted, string when)
    {
        var times = new SortedSet<long>();
        foreach (var (_, samples) in HistogramDump.Of(database)) times.UnionWith(samples.Keys);
        Assert.True(times.SetEquals(accepted), $"{when}: {string.Join(' ', times)} instead of {string.Join(' ', accepted)}");
    }
}
