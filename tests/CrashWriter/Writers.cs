using System.Text;
using TestKit;
using Tsdb;
using Tsdb.Head;

namespace CrashWriter;

/// <summary>The threads that write.</summary>
internal sealed class Writers(Database database, Options options, Acknowledgements output)
{
    /// <summary>Threads that append.</summary>
    public const int Count = 4;

    private const long StepMs = 40;
    private const int DeleteEvery = 40;
    private const long DeletedMsMax = 10_000;

    private long _nowMs = options.StartMs;

    /// <summary>Commits requests of random shape, and tells each that returned.</summary>
    public void Append(int thread)
    {
        var random = new Random((options.Seed * Count) + thread);
        var lines = new StringBuilder();
        for (var request = 0; ; request++)
        {
            lines.Clear();
            using (var appender = database.CreateAppender())
            {
                var t = Interlocked.Add(ref _nowMs, StepMs);
                for (var i = random.Next(1, 12); i > 0; i--)
                {
                    // Mostly known series, some new; some samples late. Series belong to one thread, so nobody overtakes.
                    var kind = random.Next(20);
                    var series = kind == 0 ? $"f{thread}_{options.Seed}_{request}_{i}"
                        : kind < 4 ? $"h{thread}_{i}" : $"f{thread}_{i}";
                    var late = kind == 5 ? random.NextInt64(Options.WindowMs / 2) : 0;
                    Append(appender, series, t - late, late > 0, lines);
                    if (kind == 6) SideData.AppendExemplar(appender, series, t, lines);
                    if (kind == 7) SideData.SetMetadata(appender, series, t, lines);
                }
                if (appender.Commit() != default) continue; // Two late ones may be of one time.
            }
            if (lines.Length > 0) output.Write(lines.ToString());
            if (request % DeleteEvery != DeleteEvery - 1) continue;
            var from = Interlocked.Read(ref _nowMs) - random.NextInt64(Options.WindowMs);
            SideData.Delete(database, $"f{thread}_{random.Next(1, 12)}", from, from + random.NextInt64(DeletedMsMax), output);
        }
    }

    /// <summary>What a receiver's timers do.</summary>
    public void Maintain(ManualClock clock)
    {
        for (var round = 0; ; round++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            if (round % 8 == 7) database.CutDueBlocks(Interlocked.Read(ref _nowMs));
            if (round % 50 == 49) database.ApplyRetention(static _ => true);
            if (round % 90 == 89) database.CleanTombstones();
            Thread.Yield();
        }
    }

    private static void Append(HeadAppender appender, string series, long t, bool isLate, StringBuilder lines)
    {
        var labels = KnownSample.Labels(series);
        var result = KnownSample.IsHistogram(series)
            ? appender.Append(labels, t, KnownSample.Histogram(series, t))
            : appender.Append(labels, t, BitConverter.UInt64BitsToDouble(KnownSample.Bits(series, t)));
        if (result == AppendResult.Appended) SideData.Tell(lines, isLate ? Lines.Late : Lines.Sample, series, t);
    }
}
