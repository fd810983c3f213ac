using TestKit;
using static Tsdb.Tests.Head.OutOfOrderFixture;

namespace Tsdb.Tests.Head;

/// <summary>Out-of-order appends beside reads, cuts and compaction: nothing acknowledged is missing at any moment.</summary>
public class OutOfOrderConcurrencyTests
{
    private const int SeriesCount = 20;
    private const int Rounds = 150;

    [Fact]
    public void Appends_BesideReadsAndCompaction_AreThereAtOnceAndForEver()
    {
        const int Seed = 20_260_105;
        using var folder = new TempFolder();
        using (var database = Open(folder.Path))
        {
            for (var i = 0; i < SeriesCount; i++) Append(database, $"s{i:00}", (Start, 0));
            var writers = new[] { Writer(0), Writer(1) };
            var isDone = false;
            var reader = Run(() =>
            {
                while (!Volatile.Read(ref isDone)) Check(database);
            });
            var compaction = Run(() =>
            {
                while (!Volatile.Read(ref isDone))
                {
                    database.CompactOutOfOrder();
                    database.Parts.Saver.SaveAll();
                }
            });
            foreach (var writer in writers) writer.Join();
            Volatile.Write(ref isDone, true);
            reader.Join();
            compaction.Join();
            Check(database);
            CheckComplete(database);

            Thread Writer(int part) => Run(() =>
            {
                var random = new Random(Seed + part);
                var order = new int[Rounds];
                for (var i = 0; i < Rounds; i++) order[i] = i;
                random.Shuffle(order);
                foreach (var round in order)
                {
                    for (var i = part; i < SeriesCount; i += 2)
                        Append(database, $"s{i:00}", (Start - 1 - round, round), (Start - 10_000 - round, round));
                }
            });
        }
        using var reopened = Open(folder.Path);
        CheckComplete(reopened);

        void CheckComplete(Database database)
        {
            foreach (var (labels, samples) in HistogramDump.Of(database))
                Assert.True(samples.Count == 1 + (2 * Rounds), $"seed {Seed}: {labels} has {samples.Count} samples");
        }
    }

    /// <summary>Every sample has the value that its time says, and both of a commit are there.</summary>
    private static void Check(Database database)
    {
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            Assert.True(samples.ContainsKey(Start), $"{labels} lost its first sample");
            foreach (var (t, bits) in samples)
            {
                var value = t == Start ? 0 : t > Start - 10_000 ? Start - 1 - t : Start - 10_000 - t;
                Assert.Equal(value, BitConverter.UInt64BitsToDouble(Convert.ToUInt64(bits, 16)));
            }
        }
    }

    private static Thread Run(Action work)
    {
        var thread = new Thread(() => work());
        thread.Start();
        return thread;
    }
}
