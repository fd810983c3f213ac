using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Damaged;

/// <summary>A directory with little of everything a database writes.</summary>
internal static class SmallDirectory
{
    public const long Start = 1_700_000_040_000; // A whole minute.

    private const long RangeMs = 60_000;
    private const int StepMs = 15_000;
    private const int Steps = 26;

    /// <summary>The options with which it was made and is to be opened.</summary>
    public static DatabaseOptions Options(string directory, Action<string> log) => new()
    {
        Directory = directory,
        MinBlockDurationMs = RangeMs,
        MaxBlockDurationMs = RangeMs,
        RetentionMs = 0,
        OutOfOrderWindowMs = 10 * RangeMs,
        OutOfOrderCapMax = 4,
        WalSegmentSizeBytes = 32768,
        Clock = new ManualClock(),
        LockFile = false,
        Log = log,
    };

    /// <summary>Newest time in it, Unix milliseconds.</summary>
    public static long EndMs => Start + ((Steps - 1) * StepMs);

    public static LabelSet Series(int number) => LabelSet.FromStrings(("__name__", $"s{number}"), ("pod", $"p{number % 2}"));

    /// <summary>Fills a directory through a database.</summary>
    public static void Make(string directory)
    {
        using var database = Database.Open(Options(directory, static _ => { }));
        for (var step = 0; step < Steps; step++)
        {
            var t = Start + (step * StepMs);
            using (var appender = database.CreateAppender())
            {
                for (var number = 0; number < 3; number++) appender.Append(Series(number), t, (step * 10) + number);
                appender.Append(Series(3), t, Histogram(step));
                if (step % 8 == 0) appender.Append(Series(10 + step), t, step); // Some come and go.
                if (step % 2 == 1) appender.Append(Series(step % 3), t - StepMs - 7, -step); // Late.
                appender.Commit();
            }
            if (step % 5 == 4 && step < 20) database.CutDueBlocks(t + RangeMs);
        }
    }

    private static HistogramSample Histogram(int step)
    {
        var histogram = new HistogramSample { Schema = 1, Count = (ulong)(step * 3) + 3 };
        histogram.SumBits = BitConverter.DoubleToUInt64Bits(step);
        histogram.PositiveSpans.Add(new BucketSpan(0, 2));
        histogram.PositiveBuckets.Add((ulong)step + 1);
        histogram.PositiveBuckets.Add((ulong)step + 1);
        return histogram;
    }
}
