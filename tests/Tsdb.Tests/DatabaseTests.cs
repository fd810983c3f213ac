using System.Text;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests;

/// <summary>What a person who opens a directory, appends, queries, cuts and closes can rely on.</summary>
public sealed class DatabaseTests : IDisposable
{
    private const long Start = 1_700_000_000_000;
    private const long Hour = 3_600_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("receiver-tsdb-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Select_AfterCommit_GivesSamplesBitForBit()
    {
        using var database = Open();
        var values = new[] { 1.5, double.NaN, BitConverter.UInt64BitsToDouble(0x7ff0000000000002), -0.0,
            double.PositiveInfinity };
        for (var i = 0; i < values.Length; i++) Append(database, "up", Start + (i * 15_000), values[i]);

        var series = Dump(database);

        var only = Assert.Single(series);
        Assert.Equal("{__name__=\"up\", job=\"test\"}", only.Key);
        Assert.Equal(values.Length, only.Value.Count);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal((Start + (i * 15_000), BitConverter.DoubleToUInt64Bits(values[i])), only.Value[i]);
    }

    [Fact]
    public void Open_AfterCrash_HasEverythingCommitted()
    {
        var copy = _directory + "-copy";
        Dictionary<string, List<(long, ulong)>> before;
        using (var database = Open())
        {
            for (var i = 0; i < 500; i++)
            {
                Append(database, "a", Start + (i * 15_000), i);
                Append(database, "b", Start + (i * 15_000), i % 7);
            }
            before = Dump(database);
            CopyDirectory(_directory, copy); // What a killed process leaves: nothing is closed, nothing padded.
        }
        using (var reopened = Database.Open(new DatabaseOptions { Directory = copy })) Assert.Equal(before, Dump(reopened));
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public void Flush_ThenReopen_HasBlocksAndTheNewestTimestampInTheLog()
    {
        Dictionary<string, List<(long, ulong)>> before;
        using (var database = Open())
        {
            for (var i = 0; i < 1000; i++)
            {
                Append(database, "a", Start + (i * 15_000), i);
                Append(database, "b", Start + (i * 15_000), Math.Sin(i));
            }
            before = Dump(database);
            var blocks = database.Flush();
            Assert.Equal(blocks.Count, database.Blocks.Count);
            Assert.True(blocks.Count >= 2, "1000 samples at 15 s span more than one two-hour window");
            Assert.Equal(Start + (999 * 15_000), database.HeadMinTimeMs);
            Assert.Equal(before, Dump(database));
        }
        using (var reopened = Open()) Assert.Equal(before, Dump(reopened));
    }

    [Fact]
    public void CutDueBlocks_WhenTheHeadIsOld_MovesWholeWindowsAndLosesNothing()
    {
        using var database = Open();
        for (var t = Start; t < Start + (9 * Hour); t += 30_000) Append(database, "a", t, t);
        var before = Dump(database);

        Assert.Empty(database.CutDueBlocks(Start + Hour));
        var blocks = database.CutDueBlocks(Start + (9 * Hour));

        Assert.True(blocks.Count >= 3, $"{blocks.Count} blocks");
        Assert.All(database.Blocks, block => Assert.Equal(0, block.Meta.MaxTimeMs % (2 * Hour)));
        Assert.True(database.HeadMaxTimeMs - database.HeadMinTimeMs <= 3 * Hour);
        Assert.Equal(before, Dump(database));
    }

    [Fact]
    public void Append_Outcomes_AreTold()
    {
        using var database = Open();
        Assert.Equal(AppendResult.Appended, Append(database, "a", Start, 1));
        Assert.Equal(AppendResult.Appended, Append(database, "a", Start + 1000, 2));
        Assert.Equal(AppendResult.Duplicate, Append(database, "a", Start + 1000, 2));
        Assert.Equal(AppendResult.DuplicateConflict, Append(database, "a", Start + 1000, 3));
        Assert.Equal(AppendResult.OutOfOrder, Append(database, "a", Start + 999, 3));
        Assert.Equal(AppendResult.Appended, Append(database, "b", Start + (2 * Hour), 3));
        Assert.Equal(AppendResult.OutOfBounds, Append(database, "a", Start + 2000, 3));
    }

    [Fact]
    public void LabelNamesAndValues_OverHeadAndBlocks_AreMerged()
    {
        using var database = Open();
        Append(database, "old", Start, 1);
        Append(database, "old", Start + 1000, 1);
        database.Flush();
        Append(database, "new", Start + 2000, 1);

        Assert.Equal(["__name__", "job"], Texts(database.LabelNames(long.MinValue, long.MaxValue, [])));
        Assert.Equal(["new", "old"], Texts(database.LabelValues("__name__"u8, long.MinValue, long.MaxValue, [])));
    }

    [Fact]
    public void Open_WhileAnotherHasIt_IsRefused()
    {
        using var database = Open();
        Assert.Contains("another process", Assert.Throws<IOException>(Open).Message, StringComparison.Ordinal);
    }

    private static AppendResult Append(Database database, string name, long t, double value)
    {
        var labels = LabelSet.FromStrings(("__name__", name), ("job", "test"));
        using var appender = database.CreateAppender();
        Span<AppendItem> items = [new AppendItem
        {
            Key = Tsdb.Memory.KeyedHash.Compute(labels.Encoded),
            TimestampMs = t,
            ValueBits = BitConverter.DoubleToUInt64Bits(value),
        }];
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
        appender.Append(items);
        appender.Commit();
        return items[0].Result;
    }

    private static Dictionary<string, List<(long T, ulong Bits)>> Dump(Database database)
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, ""u8, out var all, out var error), error);
        var dump = new Dictionary<string, List<(long, ulong)>>();
        using var cursor = database.Select(long.MinValue, long.MaxValue, [all], skipChunks: false);
        while (cursor.MoveNext())
        {
            var samples = new List<(long, ulong)>();
            foreach (var chunk in cursor.Chunks)
            {
                var iterator = new XorChunkIterator(chunk.Data.Span);
                while (iterator.MoveNext()) samples.Add((iterator.TimestampMs, iterator.ValueBits));
            }
            dump.Add(cursor.Labels.ToString(), samples);
        }
        return dump;
    }

    private static List<string> Texts(IReadOnlyList<ReadOnlyMemory<byte>> texts)
    {
        var list = new List<string>();
        foreach (var text in texts) list.Add(Encoding.UTF8.GetString(text.Span));
        return list;
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            if (Path.GetFileName(file) != "lock") File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
        foreach (var directory in Directory.GetDirectories(from)) CopyDirectory(directory,
            Path.Combine(to, Path.GetFileName(directory)));
    }

    private Database Open() => Database.Open(new DatabaseOptions { Directory = _directory });
}
