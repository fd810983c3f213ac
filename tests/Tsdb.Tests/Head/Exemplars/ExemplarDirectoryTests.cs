using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Labels;
using Tsdb.Tests.Wal;

namespace Tsdb.Tests.Head.Exemplars;

/// <summary>Exemplars in directories that the real programs left behind are found again, as those programs' library finds
/// them.</summary>
public class ExemplarDirectoryTests
{
    /// <summary>More than any recording has, for those whose ring was not full.</summary>
    private const int Plenty = 100_000;

    public static TheoryData<string, string> Directories()
    {
        var directories = new TheoryData<string, string>();
        foreach (var archive in Golden.Files("tsdb/datadirs", "*.tar.gz"))
        {
            var run = Path.GetFileName(archive)[..^".tar.gz".Length];
            foreach (var info in Golden.Files($"tsdb/datadirs/{run}", "*.exemplars.jsonl"))
                directories.Add(run, Path.GetFileName(info).Split('.')[0]);
        }
        return directories;
    }

    [Theory]
    [MemberData(nameof(Directories))]
    public void Open_DirectoryOfARealProgram_HasItsExemplars(string run, string tenant)
    {
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz")[0], folder.Path);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in Golden.Lines(Golden.Files($"tsdb/datadirs/{run}", tenant + ".exemplars.jsonl")[0]))
            Describe(JsonNode.Parse(line)!, expected);
        var info = Golden.Files($"tsdb/datadirs/{run}", tenant + ".info.json")[0];
        var metrics = JsonNode.Parse(File.ReadAllText(info))!["metrics"]!;
        var isFull = Number(metrics, "exemplars_appended_total") > Number(metrics, "exemplars_in_storage");

        var home = Directory.Exists(folder.At(tenant)) ? folder.At(tenant) : folder.Path;
        using var database = Database.Open(new DatabaseOptions
        {
            Directory = home,
            MinBlockDurationMs = 60_000,
            MemorySnapshotOnShutdown = true, // Where there is one, exemplars older than the head are in it alone.
            ExemplarsMax = isFull ? Number(metrics, "exemplars_in_storage") : Plenty,
        });

        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
        {
            foreach (var exemplar in series.Exemplars)
                found.Add($"{series.Labels} {exemplar.Labels} {exemplar.TimestampMs} {exemplar.ValueBits:x16}");
        }
        Assert.Equal(string.Join('\n', expected), string.Join('\n', found));
        if (Number(metrics, "exemplars_appended_total") is var appended and > 0)
            Assert.Equal(appended, database.ExemplarCounters.Appended);
    }

    private static void Describe(JsonNode series, SortedSet<string> into)
    {
        var labels = LabelSet.FromEncoded(GoldenJson.Labels(series["series"]));
        foreach (var exemplar in series["exemplars"]!.AsArray())
        {
            var own = LabelSet.FromEncoded(GoldenJson.Labels(exemplar!["labels"]));
            into.Add($"{labels} {own} {exemplar["t"]} {GoldenJson.Text(exemplar["v"])[..16]}");
        }
    }

    private static int Number(JsonNode metrics, string name) =>
        metrics["prometheus_tsdb_exemplar_" + name]?.GetValue<int>() ?? 0;
}
