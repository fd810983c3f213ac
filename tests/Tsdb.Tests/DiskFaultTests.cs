using System.Globalization;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests;

/// <summary>Disks that run full or refuse to be written: no false acknowledgement, and work goes on when the disk does.</summary>
public class DiskFaultTests
{
    private const long Start = 1_700_000_000_000;

    [SkippableFact]
    public void Commit_OnAFullDisk_ThrowsAndKeepsWhatWasAcknowledged()
    {
        using var disk = SmallDisk.TryMount(2048, out var reason);
        Skip.If(disk is null, "no file system of its own can be mounted: " + reason);
        var acknowledged = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        var refused = 0;
        var round = 0;
        using (var database = Database.Open(Options(disk)))
        {
            for (; refused < 3; round++) refused += Append(database, round, acknowledged) ? 0 : 1;
            Assert.Equal(Describe(acknowledged), Describe(Dump(database)));

            disk.Resize(64 << 10);
            for (var more = 0; more < 50; more++, round++)
                Assert.True(Append(database, round, acknowledged), "the disk has room again");
            Assert.Equal(Describe(acknowledged), Describe(Dump(database)));
        }
        using var reopened = Database.Open(Options(disk));
        Assert.Equal(Describe(acknowledged), Describe(Dump(reopened)));
    }

    [SkippableFact]
    public void Flush_OnAFullDisk_ThrowsAndLeavesNoBlock()
    {
        using var disk = SmallDisk.TryMount(64 << 10, out var reason);
        Skip.If(disk is null, "no file system of its own can be mounted: " + reason);
        var acknowledged = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        using (var database = Database.Open(Options(disk)))
        {
            for (var round = 0; round < 200; round++) Assert.True(Append(database, round, acknowledged));
            // What is there stays; nothing more fits.
            File.WriteAllBytes(Path.Combine(disk.Path, "ballast"), []);
            Fill(Path.Combine(disk.Path, "ballast"));

            Assert.ThrowsAny<IOException>(() => { database.Flush(); });

            Assert.Empty(database.Blocks);
            Assert.Equal(Describe(acknowledged), Describe(Dump(database)));
            File.Delete(Path.Combine(disk.Path, "ballast"));
            Assert.NotEmpty(database.Flush());
            Assert.Equal(Describe(acknowledged), Describe(Dump(database)));
        }
        using var reopened = Database.Open(Options(disk));
        Assert.Equal(Describe(acknowledged), Describe(Dump(reopened)));
    }

    [SkippableFact]
    public void Open_OnAReadOnlyDisk_NamesThePathAndWorksWhenItIsWritable()
    {
        using var disk = SmallDisk.TryMount(8192, out var reason);
        Skip.If(disk is null, "no file system of its own can be mounted: " + reason);
        var acknowledged = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        using (var database = Database.Open(Options(disk))) Assert.True(Append(database, 0, acknowledged));
        disk.SetReadOnly(true);

        var error = Assert.ThrowsAny<IOException>(() => Database.Open(Options(disk)));

        Assert.Contains(disk.Path, error.Message, StringComparison.Ordinal);
        disk.SetReadOnly(false);
        using var writable = Database.Open(Options(disk));
        Assert.True(Append(writable, 1, acknowledged));
        Assert.Equal(Describe(acknowledged), Describe(Dump(writable)));
    }

    private static DatabaseOptions Options(SmallDisk disk) => new()
    {
        Directory = Path.Combine(disk.Path, "db"),
        WalSegmentSizeBytes = 256 << 10,
        WalCompression = false,
    };

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    private static bool Append(Database database, int round, SortedDictionary<string, List<long>> acknowledged)
    {
        const int SeriesCount = 100;
        using var appender = database.CreateAppender();
        var items = new AppendItem[SeriesCount];
        var names = new string[SeriesCount];
        try
        {
            for (var i = 0; i < SeriesCount; i++)
            {
                // A tenth of the series is new each round, so that series records meet the full disk too.
                names[i] = string.Create(CultureInfo.InvariantCulture, $"s{(i % 10 == 0 ? (round * 100) + i : i)}");
                var labels = LabelSet.FromStrings(("__name__", names[i]));
                items[i] = new AppendItem
                {
                    Key = KeyedHash.Compute(labels.Encoded),
                    TimestampMs = Start + (round * 1000L),
                    ValueBits = BitConverter.DoubleToUInt64Bits(round + (i / 7.0)),
                };
                appender.Find(items.AsSpan(i, 1));
                if (items[i].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[i], labels.Encoded);
            }
            appender.Append(items);
            appender.Commit();
        }
        catch (IOException)
        {
            return false;
        }
        for (var i = 0; i < SeriesCount; i++)
        {
            if (!acknowledged.TryGetValue(names[i], out var times)) acknowledged[names[i]] = times = [];
            times.Add(items[i].TimestampMs);
        }
        return true;
    }

    private static SortedDictionary<string, List<long>> Dump(Database database)
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, ""u8, out var all, out _));
        var dump = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        using var cursor = database.Select(long.MinValue, long.MaxValue, [all], skipChunks: false);
        while (cursor.MoveNext())
        {
            var times = new List<long>();
            foreach (var chunk in cursor.Chunks)
            {
                var iterator = new XorChunkIterator(chunk.Data.Span);
                while (iterator.MoveNext()) times.Add(iterator.TimestampMs);
            }
            dump.Add(System.Text.Encoding.UTF8.GetString(cursor.Labels.Find("__name__"u8)), times);
        }
        return dump;
    }

    private static string Describe(SortedDictionary<string, List<long>> series)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (name, times) in series) text.Append(name).Append(": ").AppendJoin(' ', times).AppendLine();
        return text.ToString();
    }
}
