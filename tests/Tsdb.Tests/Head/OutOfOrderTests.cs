using TestKit;
using Tsdb.Blocks;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Tests.Model;
using Tsdb.Tests.Wal;
using static Tsdb.Tests.Head.OutOfOrderFixture;

namespace Tsdb.Tests.Head;

/// <summary>Samples that come out of order are kept, read in order, survive a kill and a full disk, and go out in blocks of
/// their own.</summary>
public class OutOfOrderTests
{
    [Fact]
    public void Append_WithinTheWindow_IsReadInOrderOfTime()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start, 1), (Start + 60_000, 2));

        // Before the head's lower bound, between its samples, more than the list holds.
        Append(database, "a", (Start + 30_000, 3), (Start - 3_600_000, 4), (Start + 10_000, 5), (Start + 20_000, 6),
            (Start - 60_000, 7), (Start + 40_000, 8));

        Assert.Equal(
            """{__name__="a"} -3600000=4 -60000=7 0=1 10000=5 20000=6 30000=3 40000=8 60000=2""", Dump(database));
        Assert.Equal(Start - 3_600_000, database.MinTimeMs);
        Assert.Equal((6, 8), (database.HeadCounters.LateAppended, database.HeadCounters.SamplesAppended));
    }

    [Fact]
    public void Append_OlderThanTheWindow_IsTooOld()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start, 1));
        using var appender = database.CreateAppender();
        var items = new[] { new AppendItem { SeriesIndex = 0, TimestampMs = Start - Window - 1 } };

        appender.Append(items);
        Assert.Equal(AppendResult.TooOld, items[0].Result);
        items[0].TimestampMs++;
        appender.Append(items);
        Assert.Equal(AppendResult.Appended, items[0].Result);
    }

    [Fact]
    public void Kill_WithListsAndChunks_LosesNothing()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.At("0"));
        Append(database, "a", (Start, 1), (Start + 7_000_000, 2));
        for (var i = 0; i < 11; i++) Append(database, "a", (Start + ((i * 7 % 11 + 1) * 1000), i));
        AppendHistogram(database, "h", Start + 7_000_000, 5, isFloat: false);
        for (var i = 1; i < 10; i++) AppendHistogram(database, "h", Start + (i * 5 % 10 * 1000), (ulong)i, isFloat: i % 3 == 0);
        Append(database, "h", (Start + 500, 1));
        var expected = Dump(database);

        // Killed, and killed again before anything was closed.
        DirectoryCopy.Take(folder.At("0"), folder.At("1"));
        using var second = Open(folder.At("1"));
        Assert.Equal(expected, Dump(second));
        Append(second, "a", (Start + 500_000, 99));
        expected = Dump(second);
        DirectoryCopy.Take(folder.At("1"), folder.At("2"));
        using (var third = Open(folder.At("2"))) Assert.Equal(expected, Dump(third));
        // Closed, and opened with the window switched off.
        using var last = Open(folder.At("2"), options => options with { OutOfOrderWindowMs = 0 });
        Assert.Equal(expected, Dump(last));
        Assert.NotEmpty(last.CompactOutOfOrder());
        Assert.Equal(expected, Dump(last));
    }

    [Fact]
    public void Commit_WhenTheLogCannotBeWritten_ThrowsAndAcceptsTheSameAgain()
    {
        using var folder = new TempFolder();
        var disk = new FailingDisk();
        using var database = Open(folder.At("0"), options => options with { Disk = disk });
        Append(database, "a", (Start, 1), (Start + 60_000, 2));
        Append(database, "a", (Start + 1000, 3), (Start + 2000, 4));
        var before = Dump(database);

        disk.Refuses = (operation, path) => operation == "write" && path.Contains("wbl", StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => Append(database, "a", (Start + 4000, 6), (Start + 5000, 7)));
        Assert.Equal(before, Dump(database));
        disk.Refuses = null;
        Append(database, "a", (Start + 4000, 6), (Start + 5000, 7));
        // Once more while a full list becomes a chunk.
        disk.Refuses = (operation, path) => operation == "write" && path.Contains("wbl", StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => Append(database, "a", (Start + 6000, 8), (Start + 7000, 9)));
        disk.Refuses = null;
        Append(database, "a", (Start + 6000, 8), (Start + 7000, 9));

        var expected = """{__name__="a"} 0=1 1000=3 2000=4 4000=6 5000=7 6000=8 7000=9 60000=2""";
        Assert.Equal(expected, Dump(database));
        DirectoryCopy.Take(folder.At("0"), folder.At("1"));
        using var copy = Open(folder.At("1"));
        Assert.Equal(expected, Dump(copy));
    }

    [Fact]
    public void Commit_TimeThatIsInTheList_TellsOnlyAnotherValue()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start, 1));
        Append(database, "a", (Start - 1000, 2));
        AppendHistogram(database, "h", Start, 1, isFloat: false);
        AppendHistogram(database, "h", Start - 1000, 2, isFloat: false);
        Assert.Equal(0, Late("a", 2));
        Assert.Equal(1, Late("a", 3));
        Assert.Equal(1, Late("h", 3));
        Assert.Equal(2, database.HeadCounters.LateConflicts);
        Assert.StartsWith("""{__name__="a"} -1000=2 0=1""", Dump(database), StringComparison.Ordinal);

        int Late(string series, double value)
        {
            using var appender = database.CreateAppender();
            var labels = LabelSet.FromStrings(("__name__", series));
            Assert.Equal(AppendResult.Appended, appender.Append(labels, Start - 1000, value));
            var result = appender.Commit();
            Assert.Equal(0, result.Overtaken);
            return result.LateDuplicate;
        }
    }

    [Fact]
    public void Commit_WhenOnlyTheLateLogRefuses_KeepsTheRestAndTakesAllOfItAgain()
    {
        using var folder = new TempFolder();
        var disk = new FailingDisk();
        using var database = Open(folder.At("0"), options => options with { Disk = disk, ExemplarsMax = 10 });
        Append(database, "a", (Start, 1));
        disk.Refuses = (operation, path) => operation == "write" && path.Contains("wbl", StringComparison.Ordinal);
        var failure = Assert.Throws<LateLogException>(() => Mixed([AppendResult.Appended, AppendResult.Appended]));
        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
        Assert.Equal(default, failure.Result);
        Assert.Equal("""{__name__="a"} 0=1 60000=2""", Dump(database));
        Assert.Single(database.SelectExemplars(0, long.MaxValue, [HistogramDump.Everything]));
        Assert.Equal((2, 0), (database.HeadCounters.SamplesAppended, database.HeadCounters.LateAppended));
        Assert.Equal(0, database.ActiveAppenders);

        disk.Refuses = null;
        Mixed([AppendResult.Duplicate, AppendResult.Appended]);
        var expected = """{__name__="a"} -1000=3 0=1 60000=2""";
        Assert.Equal(expected, Dump(database));
        DirectoryCopy.Take(folder.At("0"), folder.At("1"));
        using var copy = Open(folder.At("1"));
        Assert.Equal(expected, Dump(copy));

        void Mixed(AppendResult[] results)
        {
            using var appender = database.CreateAppender();
            var labels = LabelSet.FromStrings(("__name__", "a"));
            Assert.Equal(results[0], appender.Append(labels, Start + 60_000, 2));
            Assert.Equal(results[1], appender.Append(labels, Start - 1000, 3));
            var exemplar = new ExemplarItem { SeriesIndex = 0, TimestampMs = Start + 60_000 };
            exemplar.Labels = LabelSet.FromStrings(("t", "1"));
            appender.AppendExemplar(ref exemplar);
            Assert.Equal(default, appender.Commit());
        }
    }

    [Fact]
    public void Compact_WhenABlockCannotBeWritten_AddsNoneAndForgetsNothing()
    {
        using var folder = new TempFolder();
        var disk = new FailingDisk();
        using var database = Open(folder.Path, options => options with { Disk = disk });
        Append(database, "a", (Start + 8_000_000, 1));
        Append(database, "a", (Start + 1000, 2), (Start + 7_300_000, 3));
        var expected = Dump(database);

        var renames = 0;
        disk.Refuses = (operation, path) =>
            operation == "rename" && Ulid.IsValid(Path.GetFileName(path)) && ++renames == 2;
        Assert.ThrowsAny<IOException>(() => { database.CompactOutOfOrder(); });
        Assert.Empty(BlockDirectory.List(folder.Path));
        Assert.Equal(expected, Dump(database));

        disk.Refuses = null;
        Assert.Equal(2, database.CompactOutOfOrder().Count);
        Assert.Equal(expected, Dump(database));
        Assert.True(database.Parts.Head.Late.IsEmpty);
    }

    [Fact]
    public void Compact_WhileAReaderIsAtWork_KeepsItsChunks()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start + 60_000, 1));
        for (var i = 0; i < 10; i++) Append(database, "a", (Start + (i * 1000), i));
        Append(database, "b", (Start + 60_000, 1));
        Append(database, "b", (Start, 7));
        var expected = Dump(database);

        using (var cursor = database.Select(long.MinValue, long.MaxValue, HistogramDump.Everything, skipChunks: false))
        {
            Assert.True(cursor.MoveNext());
            Assert.Single(database.CompactOutOfOrder());
            Assert.True(database.Parts.Head.Late.ChunkCount > 0);
            Assert.True(cursor.MoveNext());
            var samples = new SortedDictionary<long, string>();
            foreach (var chunk in cursor.Chunks) HistogramDump.Add(chunk, samples);
            Assert.Equal([Start, Start + 60_000], samples.Keys);
        }

        Assert.Single(database.CompactOutOfOrder()); // Once more: the first run could not forget what was being read.
        Assert.Equal(0, database.Parts.Head.Late.ChunkCount);
        Assert.Equal(expected, Dump(database));
    }

    [Fact]
    public void Compact_SeriesWithNothingElse_LeavesWithIt()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start + 8_000_000, 1), (Start + 8_000_001, 1));
        Append(database, "b", (Start, 2)); // New, and too old to be in order.
        Assert.Equal(2, database.SeriesCount);
        database.Flush();
        Assert.Equal(2, database.SeriesCount);

        database.CompactOutOfOrder();

        Assert.Equal(1, database.SeriesCount);
        Assert.Contains("""{__name__="b"} 0=2""", Dump(database), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_OfListsAndReferences_IsBoundedAndCounted()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start + 7_000_000, 1));
        Assert.Equal(0, database.HeadMemory.OutOfOrder);

        Append(database, "a", (Start, 0));
        var one = database.HeadMemory.OutOfOrder;
        for (var i = 1; i < 400; i++) Append(database, "a", (Start + i, i));
        // A hundred references, no more samples than before.
        Assert.InRange(database.HeadMemory.OutOfOrder, one + 1, one + (128 * 40));
        Assert.Equal(database.HeadMemory.OutOfOrder, database.Parts.Head.Late.AllocatedBytes);

        database.CompactOutOfOrder();
        Assert.Equal(0, database.HeadMemory.OutOfOrder);
        Assert.Equal(0, database.Parts.Head.Late.ChunkCount);
    }

    [Fact]
    public void SteadyAppend_WithAWindow_AllocatesNothing()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.Path);
        Append(database, "a", (Start, 1), (Start + 1, 2));
        Append(database, "a", (Start - 1, 1));
        var items = new[] { new AppendItem { SeriesIndex = 0 } };
        long allocated = 0;
        for (var round = 0; round < 60; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (var appender = database.CreateAppender())
            {
                items[0].TimestampMs = Start + 1000 + (round * 1000);
                appender.Append(items);
                appender.Commit();
            }
            if (round >= 50) allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }
}
