using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hashring;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Replication;

/// <summary>One snapshot of the ring and the peers on it; a request takes it once.</summary>
public sealed class Topology
{
    private const int RoutesMax = 1 << 14; // Tenants whose route is remembered; more are looked up each time.

    private readonly MultiHashring _rings;
    private readonly Dictionary<Endpoint, int> _indexes = [];
    private readonly ConcurrentDictionary<string, TenantRoute> _routes = new(StringComparer.Ordinal);

    /// <summary>A snapshot.</summary>
    /// <param name="rings">The rings.</param>
    /// <param name="replicationFactor">Copies of each series.</param>
    /// <param name="peers">One for each different endpoint of the rings.</param>
    public Topology(MultiHashring rings, int replicationFactor, IReadOnlyList<Peer> peers)
    {
        _rings = rings;
        ReplicationFactor = replicationFactor;
        Peers = peers;
        for (var i = 0; i < peers.Count; i++) _indexes.Add(peers[i].Endpoint, i);
        IsSingleLocal = peers.Count == 1 && peers[0].IsLocal && replicationFactor == 1;
    }

    /// <summary>Copies of each series.</summary>
    public int ReplicationFactor { get; }

    /// <summary>Everybody on the rings, this process included.</summary>
    public IReadOnlyList<Peer> Peers { get; }

    /// <summary>True when every series has its one copy in this process, so that nothing needs planning.</summary>
    public bool IsSingleLocal { get; }

    /// <summary>The route of a tenant.</summary>
    /// <param name="tenant">Its name.</param>
    /// <param name="route">Its ring and peers; null on failure.</param>
    /// <param name="error">Empty on success, else why no ring takes it.</param>
    public bool TryRoute(string tenant, [NotNullWhen(true)] out TenantRoute? route, out string error)
    {
        error = "";
        if (_routes.TryGetValue(tenant, out route)) return true;
        if (!_rings.TrySelect(tenant, out var ring, out error)) return false;
        var peers = new int[ring.NodeCount];
        for (var i = 0; i < peers.Length; i++) peers[i] = _indexes[ring.Nodes[i]];
        route = new TenantRoute(tenant, ring, peers);
        if (_routes.Count < RoutesMax) _routes.TryAdd(tenant, route);
        return true;
    }
}
