using System.Diagnostics;
using System.Linq;
using Integration.Buckets;
using Integration.Fixture;

namespace Integration.Agents;

/// <summary>One run of a real agent against three receivers, of which one is killed and comes back; then all stop. Tests look at
/// what is left.</summary>
public sealed class AgentRun : IAsyncLifetime
{
    /// <summary>The tenant the agent writes as.</summary>
    public const string Tenant = "team-a";

    private const string Bucket = "agent-run";
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("receiver-agent-run-").FullName;
    private readonly CephRgw _rgw = new();
    private readonly SampleSet _sent = new();
    private readonly SampleSet _acknowledged = new();

    /// <summary>The S3 server the receivers upload to; where it is missing they upload into a folder.</summary>
    internal CephRgw Rgw => _rgw;

    /// <summary>The bucket's configuration.</summary>
    internal string BucketConfig { get; private set; } = "";

    /// <summary>The three receivers, stopped.</summary>
    internal IReadOnlyList<ReceiverProcess> Receivers { get; private set; } = [];

    /// <summary>Everything that the agent tried to write.</summary>
    internal SampleSet Sent => _sent;

    /// <summary>What it was told is stored.</summary>
    internal SampleSet Acknowledged => _acknowledged;

    /// <summary>Where a receiver keeps the tenant.</summary>
    internal static string DirectoryOf(ReceiverProcess receiver) => Path.Combine(receiver.DataDirectory, Tenant);

    /// <summary>Skips the calling test when the agent is not installed.</summary>
    internal static void SkipIfAbsent() =>
        Programs.Require("prometheus prometheus-node-exporter", "prometheus", "promtool", "prometheus-node-exporter");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (!Programs.IsInstalled("prometheus") || !Programs.IsInstalled("prometheus-node-exporter")) return;
        await _rgw.InitializeAsync();
        BucketConfig = $"{{type: FILESYSTEM, config: {{directory: '{Path.Combine(_folder, "bucket")}'}}}}";
        if (_rgw.Endpoint.Length > 0)
        {
            await _rgw.CreateBucketAsync(Bucket);
            BucketConfig = _rgw.ConfigOf(Bucket);
        }
        Receivers = Ring.OfThree(_folder, BucketConfig);
        // Together: each is ready only with its own storage, none waits for the others.
        await Task.WhenAll(Receivers.Select(static r => r.StartAsync()));
        await using var tee = await RecordingTee.StartAsync([.. Receivers.Select(static r => r.WriteUrl)], Tenant);
        await using var exporter = new NodeExporter();
        await using var agent = new PrometheusAgent(_folder, exporter.Address, tee.Url);

        await PlayAsync(tee, agent);
        await Task.WhenAll(Receivers.Select(static r => r.StopGracefullyAsync()));
        foreach (var exchange in tee.Exchanges)
        {
            var samples = WriteBody.Samples(exchange.Body);
            _sent.AddRange(samples);
            if (exchange.IsAcknowledged) _acknowledged.AddRange(samples);
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var receiver in Receivers) await receiver.DisposeAsync();
        await _rgw.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task PlayAsync(RecordingTee tee, PrometheusAgent agent)
    {
        var lost = Receivers[1];
        await MoreAsync(tee, agent, 6, static _ => true);
        await lost.KillAsync();
        var since = Stopwatch.StartNew();
        var before = Count(tee, static _ => true);
        await Until.TrueAsync(() => since.Elapsed >= Away, Patience, static () => "time stands still");
        Assert.True(
            Count(tee, static _ => true) > before, $"no write was acknowledged while one of three was away\n{Receivers[0].Log}");
        await lost.StartAsync();
        // It takes part again when it answers writes itself.
        await MoreAsync(tee, agent, 3, e => e.Target == lost.WriteUrl);
        await agent.StopAsync();
    }

    private Task MoreAsync(RecordingTee tee, PrometheusAgent agent, int count, Func<Exchange, bool> which)
    {
        var before = Count(tee, which);
        return Until.TrueAsync(() => Count(tee, which) >= before + count, Patience, () =>
            $"too few of {tee.Exchanges.Count} writes were acknowledged; agent:\n{agent.Log}\nreceiver:\n{Receivers[0].Log}");
    }

    private static int Count(RecordingTee tee, Func<Exchange, bool> which) =>
        tee.Exchanges.Count(e => e.IsAcknowledged && which(e));
}

/// <summary>Gives the classes of this collection one run.</summary>
[CollectionDefinition(Name)]
public sealed class AgentRunCollection : ICollectionFixture<AgentRun>
{
    public const string Name = "agent run";
}
