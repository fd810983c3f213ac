using System.Globalization;
using Integration.Fixture;
using TestKit;
using Tsdb;
using Tsdb.Head;
using Tsdb.Labels;

namespace Integration.Engine;

/// <summary>A memory snapshot that the engine wrote is loaded by a real Prometheus, which then has every sample.</summary>
[Trait("Category", "Slow")]
public class SnapshotHandOverTests
{
    private const long StartMs = 1_795_000_000_000;
    private const long StepMs = 15_000;

    [SkippableFact]
    public async Task Snapshot_OfTheEngine_IsLoadedByPrometheus()
    {
        NewerTools.Require();
        using var folder = new TempFolder();
        var home = folder.At("data");
        Content expected;
        var newestMs = StartMs;
        using (var database = Database.Open(new DatabaseOptions { Directory = home, MemorySnapshotOnShutdown = true }))
        {
            for (var i = 0; i < 500; i++)
            {
                newestMs = StartMs + (i * StepMs);
                using var appender = database.CreateAppender();
                for (var n = 0; n < 50; n++)
                    Assert.Equal(AppendResult.Appended, appender.Append(Label(n), newestMs, Math.Sin(i + n)));
                appender.Commit();
            }
            expected = Content.Of(database);
        }
        Assert.Single(Directory.GetDirectories(home, "chunk_snapshot.*"));
        await using var server = await PrometheusServer.StartAsync(home, "--enable-feature=memory-snapshot-on-shutdown");
        Assert.Contains("Chunk snapshot loading time", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Failed to load chunk snapshot", server.Log, StringComparison.Ordinal);
        (await server.ContentAsync(newestMs)).AssertIs(expected, [expected], "prometheus");
    }

    private static LabelSet Label(int n) =>
        LabelSet.FromStrings(("__name__", "snapshot_series"), ("n", n.ToString(CultureInfo.InvariantCulture)));
}
