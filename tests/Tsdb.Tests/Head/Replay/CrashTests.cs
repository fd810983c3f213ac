using TestKit;

namespace Tsdb.Tests.Head.Replay;

/// <summary>Copies taken at any moment while appends are in flight open with every sample that was committed before the copy
/// began.</summary>
public sealed class CrashTests : IDisposable
{
    private const long Start = 1_700_000_000_000;
    private const int Writers = 3;
    private const int SeriesEach = 12;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Trait("Category", "Slow")]
    public void Open_CopyTakenWhileAppending_HasEveryCommit(int threads)
    {
        var clock = new ManualClock();
        var copies = new List<(string Path, SortedDictionary<string, SortedDictionary<long, string>>[] Committed)>();
        var options = Options(_folder.At("live"), threads) with { Clock = clock, WalSegmentSizeBytes = 1 << 17 };
        using (var database = Database.Open(options))
        {
            var series = new LoggedSeries[Writers];
            for (var i = 0; i < Writers; i++) series[i] = new LoggedSeries(database);
            var stop = false;
            var work = new Thread[Writers];
            for (var i = 0; i < Writers; i++)
            {
                var (writer, mine) = (i, series[i]);
                work[i] = new Thread(() => Write(mine, writer, () => Volatile.Read(ref stop)));
                work[i].Start();
            }
            for (var copy = 0; copy < 12; copy++)
            {
                clock.Advance(TimeSpan.FromSeconds(1)); // Complete chunks go to files.
                if (copy is 4 or 8) database.CutDueBlocks(database.HeadMaxTimeMs);
                var committed = new SortedDictionary<string, SortedDictionary<long, string>>[Writers];
                for (var i = 0; i < Writers; i++)
                {
                    lock (series[i]) committed[i] = series[i].Snapshot();
                }
                copies.Add((_folder.At($"copy-{copy}"), committed));
                Copy(_folder.At("live"), copies[^1].Path);
            }
            Volatile.Write(ref stop, true);
            foreach (var thread in work) thread.Join();
        }
        foreach (var (path, committed) in copies)
        {
            for (var start = 0; start < 2; start++)
            {
                using var database = Database.Open(Options(path, threads));
                var found = LoggedSeries.Dump(database);
                foreach (var part in committed)
                    LoggedSeries.AssertSame(part, found, $"{Path.GetFileName(path)}, start {start + 1}", isSubset: true);
            }
        }
    }

    private static DatabaseOptions Options(string directory, int threads) => new()
    {
        Directory = directory, ReplayConcurrency = threads, LockFile = false, MinBlockDurationMs = 600_000,
        MaxBlockDurationMs = 600_000,
    };

    private static void Write(LoggedSeries series, int writer, Func<bool> isStopped)
    {
        for (var i = 0; !isStopped() && i < 4000; i++)
        {
            lock (series)
            {
                series.Append(writer * SeriesEach, SeriesEach, Start + (i * 1000L), i);
                if (i % 3 == 0) series.AppendHistogram(1000 + writer, Start + (i * 1000L), (ulong)i + 5);
            }
        }
    }

    /// <summary>File by file, while they grow and disappear: the log first, as what a crash leaves is never newer in the chunk
    /// files
    /// than what a kernel would have kept.</summary>
    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var directory in Directory.GetDirectories(from)) Copy(directory, Path.Combine(to, Path.GetFileName(directory)));
        foreach (var file in Directory.GetFiles(from))
        {
            if (File.Exists(file)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
