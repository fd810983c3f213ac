using System.Linq;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

/// <summary>Samples that something newer overtakes between decision and commit: never acknowledged and then missing.</summary>
public sealed class OvertakenTests : IDisposable
{
    private const long Start = 1_700_000_000_000;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commit_NewerSampleOfAnotherRequest_TellsOutOfOrder()
    {
        using var database = Open();
        using var late = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, late.Append(Series(0), Start, 1));
        Assert.Equal(default, Commit(database, Series(0), Start + 1, 2));

        var result = late.Commit();

        Assert.Equal(new CommitResult(OutOfOrder: 1, Duplicate: 0, WithinRequest: 0), result);
        Assert.Equal(1, database.HeadCounters.OutOfOrder);
        Assert.Equal(1, database.HeadCounters.SamplesAppended);
    }

    [Theory]
    [InlineData(5.0, 0)]
    [InlineData(6.0, 1)]
    public void Commit_SameTimeOfAnotherRequest_IsADuplicateOnlyWithAnotherValue(double other, int duplicates)
    {
        using var database = Open();
        using var late = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, late.Append(Series(0), Start, 5.0));
        Assert.Equal(default, Commit(database, Series(0), Start, other));
        Assert.Equal(new CommitResult(0, duplicates, 0), late.Commit());
    }

    [Theory]
    [InlineData(3, 3, 0, 0)]
    [InlineData(3, 4, 0, 1)]
    [InlineData(2, 9, 1, 0)]
    public void Commit_HistogramOfAnotherRequest_IsToldLikeAFloat(long offset, long count, int outOfOrder, int duplicates)
    {
        using var database = Open();
        using var late = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, late.Append(Series(0), Start + offset, Histogram(count)));
        using (var other = database.CreateAppender())
        {
            other.Append(Series(0), Start + 3, Histogram(3));
            Assert.Equal(default, other.Commit());
        }
        Assert.Equal(new CommitResult(outOfOrder, duplicates, 0), late.Commit());
        Assert.Equal(outOfOrder, database.HeadCounters.OutOfOrderHistograms);
    }

    [Fact]
    public void Commit_CollisionsInsideOneRequest_AreCountedApart()
    {
        using var database = Open();
        using var appender = database.CreateAppender();
        foreach (var (offset, value) in
            ((long, double)[])[(5, 0), (1, 1), (3, 2), (3, 3), (9, 4), (7, 5), (9, 6), (9, 4), (10, 7)])
        {
            Assert.Equal(AppendResult.Appended, appender.Append(Series(0), Start + offset, value));
        }
        appender.Append(Series(0), Start + 10, Histogram(1));
        appender.Append(Series(0), Start + 8, Histogram(1));

        Assert.Equal(new CommitResult(0, 0, WithinRequest: 7), appender.Commit());
        Assert.Equal(4, database.HeadCounters.OutOfOrder);
        Assert.Equal(1, database.HeadCounters.OutOfOrderHistograms);
        Assert.Equal(default, Commit(database, Series(0), Start + 11, 1));
    }

    [Fact]
    public void Commit_ManyThreadsOnFewSeries_KeepsExactlyWhatItAcknowledges()
    {
        const int Seed = 4711, Threads = 8, Commits = 400;
        using var database = Open();
        var acknowledged = new long[Threads];
        Run(Threads, thread =>
        {
            var random = new Random(Seed + thread);
            for (var i = 0; i < Commits; i++)
            {
                using var appender = database.CreateAppender();
                var accepted = 0;
                for (var sample = 0; sample < 3; sample++)
                {
                    // Values are unique, so nothing is stored already.
                    var value = (thread * 1e6) + (i * 10) + sample;
                    var result = appender.Append(Series(random.Next(4)), Start + (i * 5) + random.Next(10), value);
                    accepted += result == AppendResult.Appended ? 1 : 0;
                }
                var outcome = appender.Commit();
                acknowledged[thread] += accepted - outcome.Overtaken - outcome.WithinRequest;
            }
        });
        var stored = 0;
        foreach (var (_, samples) in HistogramDump.Of(database)) stored += samples.Count;
        Assert.Equal(acknowledged.Sum(), stored);
    }

    [Fact]
    public void CutDueBlocks_BesideAppends_LosesNothingAcknowledged()
    {
        const int Threads = 3, Commits = 400;
        var working = Threads;
        // The clock alone makes a head of a few minutes due, while all of it may still be appended to.
        using var database = Database.Open(new DatabaseOptions
        {
            Directory = _folder.At("db"), MinBlockDurationMs = 60_000, MaxBlockDurationMs = 60_000,
        });
        var acknowledged = new List<(string Series, long T)>[Threads];
        Run(Threads + 1, thread =>
        {
            if (thread == Threads)
            {
                while (Volatile.Read(ref working) > 0) database.CutDueBlocks(Start + 1_000_000_000);
                return;
            }
            var mine = acknowledged[thread] = [];
            for (var i = 0; i < Commits; i++)
            {
                using var appender = database.CreateAppender();
                var accepted = new List<(string Series, long T)>();
                for (var sample = 0; sample < 20; sample++)
                {
                    var (labels, t) = (Series((thread * 100) + sample), Start + (i * 100L));
                    if (appender.Append(labels, t, i) == AppendResult.Appended) accepted.Add((labels.ToString(), t));
                    Thread.Yield(); // A request that takes its time is what the cut may run past.
                }
                if (appender.Commit() == default) mine.AddRange(accepted);
            }
            Interlocked.Decrement(ref working);
        });
        database.CutDueBlocks(Start + 1_000_000_000);
        var stored = new Dictionary<string, SortedDictionary<long, string>>();
        foreach (var (labels, samples) in HistogramDump.Of(database)) stored.Add(labels.ToString(), samples);
        foreach (var mine in acknowledged)
        {
            foreach (var (series, t) in mine)
                Assert.True(
                    stored.TryGetValue(series, out var samples) && samples.ContainsKey(t), $"{series} {t - Start} is lost");
        }
        Assert.NotEmpty(database.Blocks);
    }

    private static void Run(int threads, Action<int> work)
    {
        var failures = new List<Exception>();
        var all = new List<Thread>();
        for (var i = 0; i < threads; i++)
        {
            var number = i;
            var thread = new Thread(() =>
            {
                try
                {
                    work(number);
                }
#pragma warning disable CA1031 // Reported below.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    lock (failures) failures.Add(e);
                }
            });
            thread.Start();
            all.Add(thread);
        }
        foreach (var thread in all) thread.Join();
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    private static CommitResult Commit(Database database, LabelSet labels, long t, double value)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(labels, t, value));
        return appender.Commit();
    }

    private static LabelSet Series(int number) => LabelSet.FromStrings(("__name__", "m"), ("s", $"{number}"));

    private static HistogramSample Histogram(long count) => new()
    {
        Count = (ulong)count,
        SumBits = BitConverter.DoubleToUInt64Bits(count),
        ZeroCount = (ulong)count,
    };

    private Database Open() => Database.Open(new DatabaseOptions { Directory = _folder.At("db") });
}
