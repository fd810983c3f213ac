using System.Linq;
using System.Text;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Wal;

namespace Tsdb.Tests.Head.Replay;

/// <summary>A memory snapshot stands for the log in front of it; one that is damaged stands for nothing.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_AfterSnapshot_ReadsOnlyWhatCameLater()
    {
        var expected = Fill();
        // Without its first segments the log alone would not do.
        var log = new List<string>();
        using (var database = Open(log))
        {
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), "after start");
            Assert.DoesNotContain(log, line => line.Contains("segment=0 ", StringComparison.Ordinal));
            Assert.Equal(0, database.HeadCounters.SnapshotErrors);
            Assert.Equal((Start, Start + (599 * 15_000L)), (database.HeadMinTimeMs, database.HeadMaxTimeMs));
            Add(database, expected, 600, 700);
        }
        // Two snapshots never stay.
        Assert.Single(Directory.GetDirectories(_folder.Path, "chunk_snapshot.*"));
        for (var start = 0; start < 3; start++)
        {
            using var database = Open();
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"start {start}");
        }
    }

    [Fact]
    public void Open_KilledAfterSnapshot_HasSnapshotAndLog()
    {
        var expected = Fill();
        var copy = _folder.At("copy");
        using (var database = Open())
        {
            Add(database, expected, 600, 1300);
            Copy(_folder.Path, copy);
        }
        for (var start = 0; start < 2; start++)
        {
            using var database = Database.Open(Options(copy, []));
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"start {start}");
        }
    }

    [Fact]
    public void Open_DamagedSnapshot_ReadsTheWholeLog()
    {
        var expected = Fill();
        var file = Directory.GetFiles(Directory.GetDirectories(_folder.Path, "chunk_snapshot.*")[0])[0];
        var whole = File.ReadAllBytes(file);
        var random = new Random(9);
        var found = 0L;
        for (var run = 0; run < 12; run++)
        {
            var damaged = whole.ToArray();
            if (run % 3 == 0) damaged = whole[..random.Next(1, whole.Length / 2)];
            else damaged[random.Next(0, Array.FindLastIndex(whole, b => b != 0))] ^= (byte)(1 << random.Next(8));
            var copy = _folder.At($"damaged-{run}");
            Copy(_folder.Path, copy);
            var path = Directory.GetFiles(Directory.GetDirectories(copy, "chunk_snapshot.*")[0])[0];
            File.WriteAllBytes(path, damaged);
            using var database = Database.Open(Options(copy, []));
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"run {run}");
            found += database.HeadCounters.SnapshotErrors;
        }
        Assert.True(found >= 8, $"{found} of 12 were found damaged; only a flip in padding or in unused flags is none");
    }

    [Fact]
    public void Open_LogBehindSnapshot_RemovesIt()
    {
        Fill();
        Directory.Delete(_folder.At("wal"), recursive: true);
        using (Open())
            Assert.Empty(Directory.GetDirectories(_folder.Path, "chunk_snapshot.*"));
    }

    [Fact]
    public void Write_DocumentedSeries_HasUpstreamsBytes()
    {
        using (var database = Open())
        {
            var labels = LabelSet.FromStrings(("__name__", "up"), ("job", "a"));
            using var appender = database.CreateAppender();
            for (var i = 0; i < 2; i++)
            {
                AppendItem[] items = [new AppendItem
                {
                    Key = Tsdb.Memory.KeyedHash.Compute(labels.Encoded), TimestampMs = Start + (i * 15_000L),
                    ValueBits = BitConverter.DoubleToUInt64Bits(1.0 + i),
                }];
                appender.Find(items);
                appender.Create(ref items[0], labels.Encoded);
                appender.Append(items);
            }
            appender.Commit();
        }
        using var reader = new SegmentReader(Directory.GetDirectories(_folder.Path, "chunk_snapshot.*")[0]);
        Assert.True(reader.Read());
        Assert.Equal(
            "0100000000000000010208" + Hex("__name__") + "02" + Hex("up") + "03" + Hex("job") + "01" + Hex("a")
            + "0000000000000000" + "01" + "0000018bcfe56800" + "0000018bcfe5a298" + "0115"
            + "000280a0abfef9623ff00000000000009875c25fff" + new string('0', 112) + "4000000000000000",
            Convert.ToHexStringLower(reader.Record));
        Assert.True(reader.Read());
        // No deletions; the entry that deletes nothing says that references below 2 are taken.
        Assert.Equal("020401" + "020200", Convert.ToHexStringLower(reader.Record));
        Assert.False(reader.Read());
    }

    /// <summary>Otherwise a start from the log alone takes the samples of one series for those of the other.</summary>
    [Fact]
    public void Append_SeriesAfterASnapshot_GetsNoReferenceThatTheLogHasForAnother()
    {
        var labels = new[] { "stays", "goes", "new" }.Select(n => LabelSet.FromStrings(("__name__", n))).ToArray();
        using (var database = Open())
        {
            Append(database, labels[0], Start);
            Append(database, labels[1], Start + 1);
            Append(database, labels[0], Start + 2);
            database.Flush(); // The newest sample stays in the head, and with it one series.
        }
        var copy = _folder.At("copy");
        using (var database = Open())
        {
            Append(database, labels[2], Start + 3);
            Copy(_folder.Path, copy);
        }
        Directory.Delete(Directory.GetDirectories(copy, "chunk_snapshot.*")[0], recursive: true);
        using var again = Database.Open(Options(copy, []));
        var found = LoggedSeries.Dump(again);
        Assert.Equal([Start + 1], found[$"{labels[1]}"].Keys);
        Assert.Equal([Start + 3], found[$"{labels[2]}"].Keys);
    }

    /// <summary>The snapshot has a series under a reference whose record left the log while the series was gone; then the series
    /// came back under another one.</summary>
    [Fact]
    public void Append_SeriesThatCameBackBehindASnapshot_HasARecordInTheLog()
    {
        var labels = new[] { "comes and goes", "stays" }.Select(n => LabelSet.FromStrings(("__name__", n))).ToArray();
        using (var database = Open())
        {
            Append(database, labels[0], Start);
            Append(database, labels[1], Start + 1);
        }
        var (first, second) = (_folder.At("first"), _folder.At("second"));
        using (var database = Open())
        {
            Append(database, labels[1], Start + 2);
            database.Flush();
            Append(database, labels[0], Start + 3);
            Copy(_folder.Path, first);
        }
        using (var database = Database.Open(Options(first, [])))
        {
            Append(database, labels[0], Start + 4);
            Copy(first, second);
        }
        Directory.Delete(Directory.GetDirectories(second, "chunk_snapshot.*")[0], recursive: true);
        File.Delete(Path.Combine(second, "wal", "00000000")); // What a checkpoint does to the old record.
        using var again = Database.Open(Options(second, []));
        Assert.Equal([Start + 3, Start + 4], LoggedSeries.Dump(again)[$"{labels[0]}"].Keys);
    }

    private static void Append(Database database, LabelSet labels, long t)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(labels, t, 1.0));
        appender.Commit();
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    private static void Add(
        Database database, SortedDictionary<string, SortedDictionary<long, string>> expected, int from, int to)
    {
        var series = new LoggedSeries(database);
        for (var i = from; i < to; i++)
        {
            var t = Start + (i * 15_000L);
            series.Append(0, 30, t, Math.Sin(i));
            if (i % 2 == 1) series.AppendHistogram(40, t, (ulong)(10 + i));
            if (i % 97 == 0) series.Append(50, 1, t, StaleMarker.Bits);
        }
        foreach (var (labels, samples) in series.Accepted)
        {
            if (!expected.TryGetValue(labels, out var all)) expected[labels] = all = [];
            foreach (var (t, value) in samples) all.Add(t, value);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var directory in Directory.GetDirectories(from))
        {
            var name = Path.GetFileName(directory);
            if (name is "wal" or "wbl" or "chunks_head" || name.StartsWith("chunk_snapshot", StringComparison.Ordinal))
                Copy(directory, Path.Combine(to, name));
        }
    }

    private static DatabaseOptions Options(string directory, List<string> log) => new()
    {
        Directory = directory, MemorySnapshotOnShutdown = true, LockFile = false, WalSegmentSizeBytes = 1 << 16, Log = log.Add,
    };

    private SortedDictionary<string, SortedDictionary<long, string>> Fill()
    {
        var expected = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        using var database = Open();
        Add(database, expected, 0, 600);
        return expected;
    }

    private Database Open(List<string>? log = null) => Database.Open(Options(_folder.Path, log ?? []));
}
