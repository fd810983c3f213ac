using TestKit;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

/// <summary>With --tsdb.wal-fsync=interval no more than the interval is at risk.</summary>
public sealed class LogFlusherTests : IDisposable
{
    private const long Start = 1_767_312_000_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Interval_EachTimeItPasses_FlushesTheLog()
    {
        using var database = Open(WalFsync.Interval);
        Append(database, Start);
        var before = database.WalCounters.Fsyncs.Count;

        _clock.Advance(Interval);
        Assert.Equal(before + 1, database.WalCounters.Fsyncs.Count);

        Append(database, Start + 1);
        _clock.Advance(Interval);
        Assert.Equal(before + 2, database.WalCounters.Fsyncs.Count);
    }

    [Fact]
    public void Segment_HoweverMuchTimePasses_FlushesNothing()
    {
        using var database = Open(WalFsync.Segment);
        Append(database, Start);
        var before = database.WalCounters.Fsyncs.Count;

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(before, database.WalCounters.Fsyncs.Count);
    }

    [Fact]
    public void Interval_WhileRetentionIsDecided_GoesOn()
    {
        const long Later = Start + (20L * 24 * 3_600_000); // Past the retention of the first block.
        using (var before = Open(WalFsync.Interval))
        {
            foreach (var t in (ReadOnlySpan<long>)[Start, Start + 1, Later, Later + 1])
            {
                Append(before, t);
                before.Flush();
            }
        }
        using var database = Open(WalFsync.Interval);
        Append(database, Later + 2);
        var flushes = new List<long>();

        database.ApplyRetention(_ =>
        {
            var before = database.WalCounters.Fsyncs.Count;
            _clock.Advance(Interval); // The maintenance of the database is busy here.
            flushes.Add(database.WalCounters.Fsyncs.Count - before);
            return true;
        });

        Assert.NotEmpty(flushes);
        Assert.All(flushes, static count => Assert.Equal(1, count));
    }

    private Database Open(WalFsync fsync) => Database.Open(new DatabaseOptions
    {
        Directory = _folder.Path, Clock = _clock, WalFsync = fsync, WalFsyncInterval = Interval,
    });

    private static void Append(Database database, long timestampMs)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(LabelSet.FromStrings(("__name__", "up")), timestampMs, 1.0));
        appender.Commit();
    }
}
