using System.Text;
using Receiver.Hosting;
using Receiver.Telemetry;
using Receiver.Tenancy;
using Tsdb;
using Tsdb.Memory;

namespace Receiver.Tests.Tenancy;

/// <summary>An operator can see how far a start is.</summary>
public sealed class ReplayWatchTests : IDisposable
{
    private readonly TenancyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Open_OfATenantWithALog_ShowsItsProgressAndThenNothing()
    {
        await using (var before = _fixture.CreateStore())
            TenancyFixture.Append((await before.GetOrOpenAsync("a", default)).Database, "up", 1_700_000_000_000, 1);

        var seen = new List<string>();
        TenantStore? store = null;
        Database Open(DatabaseOptions options) => Database.Open(options with
        {
            ReplayProgress = progress =>
            {
                options.ReplayProgress(progress);
                seen.Add(Scrape(store!));
            },
        });
        await using (store = _fixture.CreateStore(open: Open))
        {
            await store.GetOrOpenAsync("a", default);
            Assert.Contains(seen, static text => text.Contains(
                "receiver_replay_segments_done{tenant=\"a\",phase=\"wal\"} 1\n", StringComparison.Ordinal));
            Assert.DoesNotContain("receiver_replay", Scrape(store), StringComparison.Ordinal);
        }
    }

    private static string Scrape(TenantStore store)
    {
        var registry = new MetricRegistry();
        TenantMetrics.Register(registry, store);
        using var text = new ByteBuffer();
        registry.Write(text, MetricFormat.Text);
        return Encoding.UTF8.GetString(text.Written);
    }
}
