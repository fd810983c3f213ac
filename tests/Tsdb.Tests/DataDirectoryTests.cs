using System.Globalization;
using System.Text;
using System.Text.Json;
using TestKit;
using Tsdb.Labels;
using Tsdb.Queries;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;

namespace Tsdb.Tests;

/// <summary>Directories that the real programs left behind, killed or stopped, open in place and have every sample.</summary>
public class DataDirectoryTests
{
    public static TheoryData<string, string> Directories()
    {
        var directories = new TheoryData<string, string>();
        foreach (var archive in Golden.Files("tsdb/datadirs", "*.tar.gz"))
        {
            var run = Path.GetFileName(archive)[..^".tar.gz".Length];
            foreach (var expected in Golden.Files($"tsdb/datadirs/{run}", "*.expected.jsonl*"))
                directories.Add(run, Path.GetFileName(expected).Split('.')[0]);
        }
        return directories;
    }

    [Theory]
    [MemberData(nameof(Directories))]
    public void Open_DirectoryOfARealProgram_HasEverySample(string run, string tenant)
    {
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz")[0], folder.Path);
        var home = Directory.Exists(folder.At(tenant)) ? folder.At(tenant) : folder.Path;
        var expected = Expected(Golden.Files($"tsdb/datadirs/{run}", tenant + ".expected.jsonl*")[0]);
        var log = new List<string>();

        using (var database = Database.Open(new DatabaseOptions { Directory = home, MinBlockDurationMs = 60_000, Log = log.Add }))
            Check(expected, database);
        using var again = Database.Open(new DatabaseOptions { Directory = home, MinBlockDurationMs = 60_000, Log = log.Add });
        Check(expected, again);
    }

    /// <summary>With a window, as the program had it, the out-of-order samples of its log and chunks stay in the head.</summary>
    [Theory]
    [MemberData(nameof(Directories))]
    public void Open_WithAWindow_HasTheSameBoundsAndSamples(string run, string tenant)
    {
        var expected = Expected(Golden.Files($"tsdb/datadirs/{run}", tenant + ".expected.jsonl*")[0]);
        using var info = JsonDocument.Parse(File.ReadAllText(Golden.Files($"tsdb/datadirs/{run}", tenant + ".info.json")[0]));
        var head = info.RootElement.GetProperty("head");
        var isUsed = info.RootElement.GetProperty("filesAfterOpen").ToString().Contains("wbl/", StringComparison.Ordinal);
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz")[0], folder.Path);
        var home = Directory.Exists(folder.At(tenant)) ? folder.At(tenant) : folder.Path;
        var options = new DatabaseOptions
        {
            Directory = home,
            MinBlockDurationMs = isUsed ? 60_000 : 7_200_000,
            OutOfOrderWindowMs = isUsed ? 300_000 : 0,
        };

        using (var database = Database.Open(options))
        {
            Assert.Equal(
                $"{head.GetProperty("minOOOTime")} {head.GetProperty("maxOOOTime")}",
                $"{database.OutOfOrderMinTimeMs} {database.OutOfOrderMaxTimeMs}");
            Check(expected, database);
            database.CompactOutOfOrder();
            Check(expected, database);
        }
        using var again = Database.Open(options);
        Check(expected, again);
    }

    [Theory]
    [MemberData(nameof(Directories))]
    public void Open_WithMemorySnapshots_HasEverySample(string run, string tenant)
    {
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz")[0], folder.Path);
        var home = Directory.Exists(folder.At(tenant)) ? folder.At(tenant) : folder.Path;
        var expected = Expected(Golden.Files($"tsdb/datadirs/{run}", tenant + ".expected.jsonl*")[0]);
        var options = new DatabaseOptions
        {
            Directory = home, MinBlockDurationMs = 60_000, MemorySnapshotOnShutdown = true, OutOfOrderWindowMs = 300_000,
        };
        for (var start = 0; start < 3; start++)
        {
            using var database = Database.Open(options);
            Assert.Equal(0, database.HeadCounters.SnapshotErrors);
            Check(expected, database);
        }
    }

    /// <summary>The same times with the same values. A time that was sent twice with different values has one of them, and which
    /// one is left open by upstream: then the expected one must be in some block.</summary>
    private static void Check(SortedDictionary<string, SortedDictionary<long, string>> expected, Database database)
    {
        var actual = Dump(database);
        Assert.Equal(Describe(expected), Describe(actual));
        foreach (var (labels, samples) in expected)
        {
            foreach (var (t, value) in samples)
            {
                if (actual[labels][t] != value)
                    Assert.True(IsInSomeBlock(database, labels, t, value),
                        $"{labels} at {t}: {actual[labels][t]}, expected {value}");
            }
        }
    }

    private static bool IsInSomeBlock(Database database, string labels, long t, string value)
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, ""u8, out var all, out _));
        foreach (var block in database.Blocks)
        {
            using var cursor = new BlockCursor(block.TryLease()!, t, t, [all], skipsChunks: false);
            if (Read(cursor).TryGetValue(labels, out var samples) && samples.TryGetValue(t, out var found)
                && found == value) return true;
        }
        return false;
    }

    private static SortedDictionary<string, SortedDictionary<long, string>> Expected(string file)
    {
        var series = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        foreach (var line in Golden.Lines(file))
        {
            using var json = JsonDocument.Parse(line);
            var pairs = new List<(string, string)>();
            foreach (var label in json.RootElement.GetProperty("labels").EnumerateArray())
                pairs.Add((label[0].GetString()!, label[1].GetString()!));
            var values = new SortedDictionary<long, string>();
            foreach (var sample in Items(json.RootElement, "s")) values.Add(Time(sample[0]), sample[1].GetString()!);
            foreach (var sample in Items(json.RootElement, "h"))
            {
                var content = HistogramDump.Content(HistogramJson.Describe(HistogramJson.Read(sample)));
                values.TryAdd(Time(sample.GetProperty("t")), content);
            }
            if (values.Count > 0) series.Add(LabelSet.FromStrings([.. pairs]).ToString(), values);
        }
        return series;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static long Time(JsonElement json) => long.Parse(json.GetString()!, CultureInfo.InvariantCulture);

    private static SortedDictionary<string, SortedDictionary<long, string>> Dump(Database database)
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, ""u8, out var all, out _));
        using var cursor = database.Select(long.MinValue, long.MaxValue, [all], skipChunks: false);
        return Read(cursor);
    }

    private static SortedDictionary<string, SortedDictionary<long, string>> Read(SeriesCursor cursor)
    {
        var series = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            var described = new SortedDictionary<long, string>();
            foreach (var chunk in cursor.Chunks) HistogramDump.Add(chunk, described);
            var values = new SortedDictionary<long, string>();
            foreach (var (t, value) in described) values.Add(t, HistogramDump.Content(value));
            if (values.Count > 0) series.Add(cursor.Labels.ToString(), values);
        }
        return series;
    }

    private static string Describe(SortedDictionary<string, SortedDictionary<long, string>> series)
    {
        var text = new StringBuilder();
        foreach (var (labels, samples) in series)
        {
            foreach (var t in samples.Keys)
                text.AppendLine(CultureInfo.InvariantCulture, $"{labels} {t}");
        }
        return text.ToString();
    }
}
