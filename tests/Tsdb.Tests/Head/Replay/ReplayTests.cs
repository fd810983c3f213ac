using TestKit;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Tests.Head.Replay;

/// <summary>What a log means does not depend on how many threads read it, nor on how often its series came back.</summary>
public sealed class ReplayTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_WithAnyNumberOfThreads_GivesTheSame(bool hasChunkFiles)
    {
        Fill();
        if (!hasChunkFiles) Directory.Delete(_folder.At("chunks_head"), recursive: true);
        SortedDictionary<string, SortedDictionary<long, string>>? first = null;
        var chunks = 0L;
        foreach (var threads in new[] { 1, 2, 3, 4, 7 })
        {
            var copy = _folder.At($"copy-{threads}");
            CopyDirectory(_folder.Path, copy);
            using var database = Database.Open(
                new DatabaseOptions { Directory = copy, ReplayConcurrency = threads, MinBlockDurationMs = 3_600_000 });
            var dump = LoggedSeries.Dump(database);
            first ??= dump;
            if (chunks == 0) chunks = database.ChunkCount;
            LoggedSeries.AssertSame(first, dump, $"{threads} threads");
            Assert.Equal(chunks, database.ChunkCount);
            Assert.Equal(Start, database.HeadMinTimeMs);
            Assert.Equal(Start + (1999 * 15_000L), database.HeadMaxTimeMs);
        }
    }

    [Fact]
    public void Open_SeriesThatCameBack_KeepsSamplesOfEveryReference()
    {
        const long Hour = 3_600_000;
        var accepted = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        var t = Start;
        for (var run = 0; run < 5; run++)
        {
            // One series goes on all the time; the others are gone for just so long that the last cut of all collects them: their
            // records are kept in the log for one more. Then they come back.
            Run(database =>
            {
                Append(database, 1, (3 * Hour) + (Hour / 12));
                database.CutDueBlocks(t);
                Assert.Equal(run == 0 ? 0 : 5, database.HeadCounters.SeriesRemoved);
                Append(database, 6, Hour);
            });
            // A cut in the midst of what came before the restart: the rest of it is only in the log.
            Run(database =>
            {
                Append(database, 6, 5 * Hour / 2);
                database.CutDueBlocks(t);
            });
            Run(_ => { });
        }

        void Append(Database database, int count, long duration)
        {
            var series = new LoggedSeries(database);
            for (var end = t + duration; t < end; t += 60_000) series.Append(0, count, t, t);
            foreach (var (labels, samples) in series.Accepted)
            {
                if (!accepted.TryGetValue(labels, out var all)) accepted[labels] = all = [];
                foreach (var (time, value) in samples) all[time] = value;
            }
        }

        void Run(Action<Database> work)
        {
            using var database = Open();
            LoggedSeries.AssertSame(accepted, LoggedSeries.Dump(database), $"at {t}");
            Assert.Equal(0, database.HeadCounters.ReplayUnknownSamples);
            work(database);
        }
    }

    [Fact]
    public void Open_SecondReference_KeepsItsRecordAsLongAsSamplesCarryIt()
    {
        const int Minutes = 300;
        using (var record = new ByteBuffer())
        using (var log = new SegmentWriter(_folder.At("wal"), 1 << 20, RecordCompression.None))
        {
            Log(RecordType.Series, 1, 0);
            Log(RecordType.Samples, 1, 0);
            Log(RecordType.Series, 5, 0); // It left the head and came back; a start knows it by the first reference again.
            for (var minute = 1; minute < Minutes; minute++)
            {
                Log(RecordType.Samples, 5, minute);
                if (minute % 40 == 0) log.NextSegment();
            }

            void Log(RecordType type, ulong reference, int minute)
            {
                record.Clear();
                var t = Start + (minute * 60_000L);
                if (type == RecordType.Samples) SamplesRecord.Begin(record, reference, t).Add(reference, t, (ulong)minute);
                else
                {
                    RecordEncoder.Begin(record, type);
                    RecordEncoder.AddSeries(record, reference, LabelSet.FromStrings(("__name__", "a")).Encoded);
                }
                log.Log(record.Written);
            }
        }
        var options = new DatabaseOptions { Directory = _folder.Path, LockFile = false };
        using (var database = Database.Open(options))
        {
            Assert.NotEmpty(database.CutDueBlocks(Start + (Minutes * 60_000L)));
            Assert.Single(Directory.GetDirectories(_folder.At("wal"), "checkpoint.*"));
        }
        Directory.Delete(_folder.At("chunks_head"), recursive: true); // They have some of it under the first reference.
        using var again = Database.Open(options);
        Assert.Equal(0, again.HeadCounters.ReplayUnknownSamples);
        Assert.Equal(Minutes, Assert.Single(LoggedSeries.Dump(again)).Value.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"version":1,"lastSeriesID":900000,"series":[{"ref":1,"mmMaxTime":9000000000000}]}""")]
    [InlineData("not JSON")]
    public void Open_SeriesStateOfALaterVersion_IsLeftAlone(string state)
    {
        Fill();
        SortedDictionary<string, SortedDictionary<long, string>> expected;
        using (var database = Database.Open(new DatabaseOptions { Directory = _folder.Path }))
            expected = LoggedSeries.Dump(database);
        var file = Path.Combine(_folder.At("wal"), "series_state.json");
        File.WriteAllText(file, state);
        for (var start = 0; start < 2; start++)
        {
            var told = new List<string>();
            using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path, Log = told.Add });
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"start {start}");
            Assert.DoesNotContain(told, line => line.Contains("series_state", StringComparison.Ordinal));
            Assert.Equal(0, database.HeadCounters.WalCorruptions);
        }
        Assert.Equal(state, File.ReadAllText(file));
    }

    [Fact]
    public void Open_Progress_IsTold()
    {
        Fill();
        var told = new List<ReplayProgress>();
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path, ReplayProgress = told.Add });
        Assert.Equal(new ReplayProgress(ReplayPhase.ChunkFiles, 0, 1), told[0]);
        Assert.Contains(new ReplayProgress(ReplayPhase.Wal, 0, 1), told);
        Assert.Contains(new ReplayProgress(ReplayPhase.Wal, 1, 1), told);
        Assert.Equal(ReplayPhase.Done, told[^1].Phase);
    }

    private void Fill()
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path, MinBlockDurationMs = 3_600_000 });
        var series = new LoggedSeries(database);
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var t = Start + (i * 15_000L);
            // 300 series are five groups of neighbours, which belong to different workers.
            var first = i == 0 ? 0 : random.Next(290);
            series.Append(first, i is 0 or 1999 ? 300 - first : random.Next(1, 300 - first), t, random.NextDouble());
            if (random.Next(4) == 0) series.AppendHistogram(random.Next(300), t + 1, (ulong)i);
        }
    }

    private Database Open() => Database.Open(
        new DatabaseOptions { Directory = _folder.At("db"), WalSegmentSizeBytes = 1 << 15, LockFile = false });

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var directory in Directory.GetDirectories(from))
        {
            if (!Path.GetFileName(directory).StartsWith("copy-", StringComparison.Ordinal))
                CopyDirectory(directory, Path.Combine(to, Path.GetFileName(directory)));
        }
    }
}
