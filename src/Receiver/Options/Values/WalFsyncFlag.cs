using Tsdb;

namespace Receiver.Options.Values;

/// <summary>The value of --tsdb.wal-fsync: <c>segment</c>, <c>interval=DURATION</c> or <c>commit</c>.</summary>
internal static class WalFsyncFlag
{
    private const string IntervalPrefix = "interval=";

    /// <summary>Reads the policy and, for an interval, its length.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryParse(string text, out WalFsync policy, out TimeSpan interval)
    {
        (policy, interval) = (WalFsync.Segment, TimeSpan.FromSeconds(1));
        switch (text)
        {
            case "segment":
                return null;
            case "commit":
                policy = WalFsync.Commit;
                return null;
        }
        if (!text.StartsWith(IntervalPrefix, StringComparison.Ordinal))
            return $"must be segment, interval=DURATION or commit, got '{text}'";
        policy = WalFsync.Interval;
        if (ModelDuration.TryParse(text[IntervalPrefix.Length..], out var nanoseconds) is { } error) return error;
        interval = TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        return nanoseconds > 0 ? null : "the interval must be above 0";
    }
}
