using System.Globalization;
using System.Linq;
using Integration.Fixture;
using TestKit;
using Tsdb;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Integration.Engine;

/// <summary>A directory goes from a real program to the engine, which writes on, to a real Prometheus, which writes on and is
/// killed, and back: nothing is lost on the way.</summary>
[Trait("Category", "Slow")]
public class HandOverTests
{
    private const long RangeMs = 60_000; // The recorded directories have blocks of a minute.
    private const long StepMs = 1_000;
    private const int Steps = 200;
    private const int OldSeries = 10;
    private const long EmptyStartMs = 1_795_000_000_000; // The directory of an empty tenant has no newest time.
    private const string Old = "handover_old";
    private const string New = "handover_new";

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

    [SkippableTheory]
    [MemberData(nameof(Directories))]
    public async Task Directory_HandedOverThereAndBack_KeepsEverySample(string run, string tenant)
    {
        Programs.Require("prometheus", "promtool");
        NewerTools.Require();
        using var folder = new TempFolder();
        using var copies = new TempCopies();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz")[0], folder.Path);
        var home = Directory.Exists(folder.At(tenant)) ? folder.At(tenant) : folder.Path;
        var recorded = Content.OfGolden(Golden.Files($"tsdb/datadirs/{run}", tenant + ".expected.jsonl*")[0]);
        List<Content> alternatives = [recorded];
        var expected = WriteOn(home, alternatives, out var newestMs);

        foreach (var promtool in (string[])[NewerTools.Promtool, "promtool"])
            expected.AssertPrinted(await PromtoolDump.RunAsync(promtool, copies.Take(home)), alternatives, promtool);
        var theirs = copies.Take(home);
        await using var server = await PrometheusServer.StartAsync(theirs);
        (await server.ContentAsync(newestMs)).AssertIs(expected, alternatives, "prometheus");
        for (var i = 1; i <= Steps; i++)
        {
            var t = newestMs + (i * StepMs);
            await server.WriteAsync(([("__name__", Old), ("n", "0")], t, i), ([("__name__", New), ("n", "1")], t, -i));
            expected.Add(SeriesName.Of(Label(Old, 0)), t, Content.OfFloat(BitConverter.DoubleToUInt64Bits(i)));
            expected.Add(SeriesName.Of(Label(New, 1)), t, Content.OfFloat(BitConverter.DoubleToUInt64Bits(-i)));
        }
        await server.KillAsync();

        using var database = Open(theirs);
        Content.Of(database).AssertIs(expected, alternatives, "the engine, after prometheus was killed,");
    }

    /// <summary>Opens the directory, goes on with its series and with new ones, cuts, restarts, goes on.</summary>
    /// <param name="home">The directory.</param>
    /// <param name="alternatives">What was recorded; gets what blocks hold by themselves.</param>
    /// <param name="newestMs">Newest sample then.</param>
    /// <returns>What it holds then.</returns>
    private static Content WriteOn(string home, List<Content> alternatives, out long newestMs)
    {
        Content expected;
        List<LabelSet> series;
        using (var database = Open(home))
        {
            expected = Content.Of(database);
            alternatives.Add(expected);
            expected.AssertIs(alternatives[0], alternatives, "the engine");
            series = [.. FloatSeries(database), Label(Old, 0), Label(Old, 1)];
            newestMs = Math.Max(database.HeadMaxTimeMs, EmptyStartMs);
            Append(database, series, expected, ref newestMs);
            Assert.NotEmpty(database.CutDueBlocks(newestMs));
            alternatives.AddRange(Content.OfBlocks(database));
            Content.Of(database).AssertIs(expected, alternatives, "the engine, after cutting blocks,");
        }
        using (var database = Open(home))
        {
            Content.Of(database).AssertIs(expected, alternatives, "the engine, after a restart,");
            Append(database, [.. series, Label(New, 0)], expected, ref newestMs);
        }
        return expected;
    }

    private static void Append(Database database, List<LabelSet> series, Content expected, ref long newestMs)
    {
        for (var i = 0; i < Steps; i++)
        {
            newestMs += StepMs;
            using var appender = database.CreateAppender();
            foreach (var labels in series)
            {
                Assert.Equal(AppendResult.Appended, appender.Append(labels, newestMs, i / 3.0));
                expected.Add(SeriesName.Of(labels), newestMs, Content.OfFloat(BitConverter.DoubleToUInt64Bits(i / 3.0)));
            }
            Assert.Equal(0, appender.Commit().Overtaken);
        }
    }

    /// <summary>Some series of the directory that hold only floats.</summary>
    private static List<LabelSet> FloatSeries(Database database)
    {
        var series = new List<LabelSet>();
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, [], out var named, out var error), error);
        using var cursor = database.Select(long.MinValue, long.MaxValue, [named], skipChunks: false);
        while (series.Count < OldSeries && cursor.MoveNext())
        {
            if (cursor.Chunks.ToArray().All(static chunk => chunk.Encoding == ChunkEncoding.Xor)) series.Add(cursor.Labels);
        }
        return series;
    }

    private static LabelSet Label(string name, int n) =>
        LabelSet.FromStrings(("__name__", name), ("n", n.ToString(CultureInfo.InvariantCulture)));

    private static Database Open(string directory) => Database.Open(new DatabaseOptions
    {
        Directory = directory, MinBlockDurationMs = RangeMs, MaxBlockDurationMs = RangeMs, RetentionMs = 0,
    });
}
