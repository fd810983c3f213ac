using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Hashring;
using Receiver.RemoteWrite;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Replication;

/// <summary>Distributes requests over the ring: the one place where a request meets the topology.</summary>
/// <remarks>
/// Holds the current snapshot; a request takes it once. A process that is alone on its ring appends at once, without plan, task
/// or allocation. Owns the peers.
/// </remarks>
/// <param name="options">Mode, factor, limits.</param>
/// <param name="local">Stores here; null in a router.</param>
/// <param name="connect">Makes the transport to an endpoint; the connection itself is opened by the first call.</param>
/// <param name="metrics">Numbers.</param>
/// <param name="clock">Where time comes from.</param>
public sealed class Fanout(
    ReplicationOptions options, ILocalWriter? local, Func<Endpoint, IPeerTransport> connect, WriteMetrics metrics,
    TimeProvider clock)
    : IWriteSink, IAsyncDisposable
{
    private static readonly WriteResult NoRing = new(WriteOutcome.Unavailable, "Service Unavailable");
    private static readonly WriteResult BadReplica = new(
        WriteOutcome.BadReplica, "request replica exceeds receiver replication factor");

    private readonly RingHashCache _cache = new();
    private volatile Topology? _topology;

    /// <inheritdoc/>
    public bool IsReady => _topology is not null;

    /// <summary>What this receiver does.</summary>
    public RoutingMode Mode => options.Mode;

    /// <summary>Takes a new ring; peers that are on both keep their connections, and nobody is left alone for old
    /// failures.</summary>
    /// <remarks>One caller at a time. Returns when the peers that left have ended their calls.</remarks>
    public async Task SetRingsAsync(MultiHashring rings)
    {
        var before = _topology?.Peers ?? [];
        var known = new Dictionary<Endpoint, Peer>();
        foreach (var peer in before) known.Add(peer.Endpoint, peer);
        var peers = new List<Peer>();
        var seen = new HashSet<Endpoint>();
        foreach (var endpoint in rings.Nodes)
        {
            if (!seen.Add(endpoint)) continue;
            peers.Add(known.TryGetValue(endpoint, out var peer) ? peer : Create(endpoint));
        }
        foreach (var peer in peers) peer.ForgetFailures();
        _topology = new Topology(rings, options.ReplicationFactor, peers);
        metrics.SetReplicationFactor(options.ReplicationFactor);
        foreach (var peer in before)
        {
            if (!seen.Contains(peer.Endpoint)) await peer.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask<WriteResult> WriteAsync(Batch batch, ulong replica, CancellationToken stop)
    {
        if (_topology is not { } topology) return new ValueTask<WriteResult>(NoRing);
        if (options.Mode.IgnoresReplica) replica = 0;
        if (replica > (ulong)topology.ReplicationFactor) return new ValueTask<WriteResult>(BadReplica);
        return topology.IsSingleLocal && batch.Tenants.Count == 1
            ? WriteHereAsync(batch, topology, replica == 0, stop)
            : WriteEverywhereAsync(batch, topology, (int)replica);
    }

    /// <summary>Stores a batch of another receiver here, tenant by tenant, whatever the ring says: what a pure ingestor
    /// does.</summary>
    /// <returns>The class of the first failure, and its text with the number of failures.</returns>
    public async ValueTask<WriteResult> StoreAsync(Batch batch, CancellationToken stop)
    {
        if (local is null) return NoRing;
        if (batch.Tenants.Count == 1) return Named(batch.Tenants[0], await local.WriteAsync(batch.Tenants[0], batch, stop));
        var first = WriteResult.Stored;
        var failures = 0;
        for (int start = 0, next; start < batch.SeriesCount; start = next)
        {
            var tenant = batch.Series[start].Tenant;
            next = start + 1;
            while (next < batch.SeriesCount && batch.Series[next].Tenant == tenant) next++;
            var series = new int[next - start];
            for (var i = 0; i < series.Length; i++) series[i] = start + i;
            var result = Named(batch.Tenants[tenant], await local.WriteAsync(batch.Tenants[tenant], batch, series, stop));
            if (result.IsStored) continue;
            if (failures++ == 0) first = result;
        }
        return failures <= 1
            ? first
            : first with { Text = $"got {failures} errors while writing to multiple tenants, first one: {first.Text}" };
    }

    /// <summary>Closes all peers. Requests in flight are ended by their own deadline.</summary>
    public async ValueTask DisposeAsync()
    {
        var peers = _topology?.Peers ?? [];
        _topology = null;
        foreach (var peer in peers) await peer.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteResult> WriteHereAsync(
        Batch batch, Topology topology, bool isReplication, CancellationToken stop)
    {
        if (!topology.TryRoute(batch.Tenants[0], out _, out var error)) return new WriteResult(WriteOutcome.Failed, error);
        var result = await local!.WriteAsync(batch.Tenants[0], batch, stop);
        if (result.Outcome == WriteOutcome.Malformed) return result;
        metrics.GroupEnded(result.Outcome, isReplication);
        if (result.IsStored) return result;
        // The quorum of one: a conflict stays one, everything else is worth a retry.
        var outcome = result.Outcome == WriteOutcome.Conflict ? WriteOutcome.Conflict : WriteOutcome.Unavailable;
        var text = Peer.Describe(topology.Peers[0].Endpoint) + "writing locally: " + result.Text;
        return result with { Outcome = outcome, Text = text };
    }

    private async ValueTask<WriteResult> WriteEverywhereAsync(Batch batch, Topology topology, int replica)
    {
        var plan = new WritePlan();
        var refusal = plan.Build(batch, topology, _cache, replica);
        if (refusal.IsStored)
            return await new PendingWrite(batch, plan, topology, replica == 0, options.ForwardTimeout, metrics, clock).RunAsync();
        plan.Dispose();
        return refusal;
    }

    private static WriteResult Named(string tenant, in WriteResult result) =>
        result.Outcome is WriteOutcome.Stored or WriteOutcome.Malformed
            ? result
            : result with { Text = $"writing {tenant} data to local TSDB: {result.Text}" };

    private Peer Create(Endpoint endpoint)
    {
        var isLocal = local is not null
            && (endpoint.Address == options.LocalEndpoint || endpoint.CapnprotoAddress == options.LocalEndpoint);
        return isLocal
            ? Peer.Local(endpoint, local!)
            : Peer.Remote(endpoint, connect(endpoint), options, metrics, clock, RandomNumberGenerator.GetInt32(int.MaxValue));
    }
}
