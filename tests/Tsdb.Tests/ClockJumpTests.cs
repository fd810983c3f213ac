using TestKit;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Head;

namespace Tsdb.Tests;

/// <summary>A clock that is set forward or back: samples are told too far ahead by the clock of their request, and what was
/// accepted stays.</summary>
public sealed class ClockJumpTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_ClockJumps_IsJudgedByTheClockOfItsRequest()
    {
        using var database = Open(TimeSpan.FromMinutes(10));
        var start = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(AppendResult.Appended, Append(database, "a", start + Minutes(9)));
        Assert.Equal(AppendResult.TooFarAhead, Append(database, "a", start + Minutes(11)));

        _clock.Jump(TimeSpan.FromMinutes(-30));
        Assert.Equal(AppendResult.TooFarAhead, Append(database, "a", start + Minutes(9) + 1));
        Assert.Equal(AppendResult.Appended, Append(database, "b", start - Minutes(30)));

        _clock.Jump(TimeSpan.FromHours(5));
        Assert.Equal(AppendResult.Appended, Append(database, "a", start + Minutes(270)));
        Assert.Equal(AppendResult.OutOfBounds, Append(database, "b", start));
        Assert.Equal(2, database.HeadCounters.TooFarAhead);

        _clock.Jump(TimeSpan.FromHours(-5));
        Assert.Equal(3, Count(database));
    }

    [Fact]
    public void Maintenance_ClockJumps_GoesOnAndLosesNothing()
    {
        var (accepted, cuts) = (0, 0);
        var start = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        using (var database = Open(TimeSpan.Zero))
        {
            for (var i = 0; i < 400; i++)
            {
                // The sender's clock goes its way; ours is set a day back, right again, a day forward, right again.
                if (i is 100 or 310) _clock.Jump(TimeSpan.FromDays(-1));
                if (i is 200 or 300) _clock.Jump(TimeSpan.FromDays(1));
                var t = start + Minutes(i);
                foreach (var name in (ReadOnlySpan<string>)["a", "b"])
                    if (Append(database, name, t) == AppendResult.Appended) accepted++;
                _clock.Advance(TimeSpan.FromMinutes(1));
                if (i % 10 == 9) cuts += database.CutDueBlocks(_clock.GetUtcNow().ToUnixTimeMilliseconds()).Count;
                Assert.Equal(accepted, Count(database));
            }
            Assert.InRange(cuts, 1, 400);
            Assert.True(accepted > 200, $"{accepted} accepted");
        }
        using var reopened = Open(TimeSpan.Zero);
        Assert.Equal(accepted, Count(reopened));
    }

    private static long Minutes(int minutes) => minutes * 60_000L;

    private static AppendResult Append(Database database, string name, long t)
    {
        using var appender = database.CreateAppender();
        var result = appender.Append(LabelSet.FromStrings(("__name__", name)), t, t);
        Assert.Equal(default, appender.Commit());
        return result;
    }

    private static int Count(Database database)
    {
        var count = 0;
        foreach (var (_, samples) in HistogramDump.Of(database)) count += samples.Count;
        return count;
    }

    private Database Open(TimeSpan tooFarInFuture) => Database.Open(new DatabaseOptions
    {
        Directory = _folder.At("db"), Clock = _clock, TooFarInFuture = tooFarInFuture,
    });
}
