using System.Buffers;
using Receiver.RemoteWrite;

namespace Receiver.Replication;

/// <summary>The series of one tenant that go to one peer as one replica: the unit that is written, answered and
/// counted.</summary>
/// <param name="Peer">Index of the peer.</param>
/// <param name="Replica">Replica, zero-based.</param>
/// <param name="Tenant">Index of the tenant in the batch.</param>
/// <param name="Start">First position in <see cref="WritePlan.Series"/>.</param>
/// <param name="Count">Number of series; 1 or more.</param>
public readonly record struct WriteGroup(int Peer, int Replica, int Tenant, int Start, int Count);

/// <summary>Who gets which series of a request: pure arithmetic over a ring snapshot.</summary>
/// <remarks>
/// One counting sort over (peer, replica) keeps the order of the request inside each group, so that neighbours stay neighbours
/// and merge into one slice when they are forwarded. Arrays are kept between uses; dispose to return them.
/// </remarks>
public sealed class WritePlan : IDisposable
{
    private readonly List<WriteGroup> _groups = [];
    private int[] _cells = []; // Cell of series s as the r-th of its replicas, at s * replicas + r.
    private int[] _order = []; // Series indexes, group after group.
    private int[] _starts = []; // First position of each cell in _order; cells are peer * factor + replica.
    private int _count;

    /// <summary>The groups, in the order of their peers.</summary>
    public IReadOnlyList<WriteGroup> Groups => _groups;

    /// <summary>Replicas of each series that are written: the factor, or 1 for a request that came replicated.</summary>
    public int Replicas { get; private set; }

    /// <summary>The series of a group, ascending; valid until the next build.</summary>
    public ReadOnlyMemory<int> Series(in WriteGroup group) => _order.AsMemory(group.Start, group.Count);

    /// <summary>Plans a batch.</summary>
    /// <param name="batch">The request.</param>
    /// <param name="topology">The ring snapshot.</param>
    /// <param name="cache">Ring hashes.</param>
    /// <param name="replica">One-based replica that is written alone; 0 = all.</param>
    /// <returns>Stored when planned; else why nothing can be sent: broken labels, or a ring without a place.</returns>
    public WriteResult Build(Batch batch, Topology topology, RingHashCache cache, int replica)
    {
        var factor = topology.ReplicationFactor;
        Replicas = replica == 0 ? factor : 1;
        _count = batch.SeriesCount;
        _groups.Clear();
        Rent(ref _cells, _count * Replicas);
        Rent(ref _order, _count * Replicas);
        var cells = (topology.Peers.Count * factor) + 1;
        Rent(ref _starts, cells);
        _starts.AsSpan(0, cells).Clear();
        var refusal = Locate(batch, topology, cache, replica);
        if (!refusal.IsStored) return refusal;
        Sort(cells);
        Group(batch, factor, cells);
        return WriteResult.Stored;
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        Return(ref _cells);
        Return(ref _order);
        Return(ref _starts);
    }

    private WriteResult Locate(Batch batch, Topology topology, RingHashCache cache, int replica)
    {
        var factor = topology.ReplicationFactor;
        Span<int> nodes = Replicas <= 16 ? stackalloc int[Replicas] : new int[Replicas];
        TenantRoute? route = null;
        var routed = -1;
        var at = 0;
        foreach (ref readonly var series in batch.Series)
        {
            if (series.Tenant != routed)
            {
                routed = series.Tenant;
                if (!topology.TryRoute(batch.Tenants[routed], out route, out var unrouted)) return Unplaced(unrouted);
            }
            var fault = route!.TryHash(batch, in series, cache, out var hash);
            if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
            string error;
            var isPlaced = replica == 0
                ? route.Ring.TryGetReplicas(hash, nodes, out error)
                : route.Ring.TryGetReplica(hash, replica - 1, out nodes[0], out error);
            if (!isPlaced) return Unplaced(error);
            for (var r = 0; r < nodes.Length; r++)
            {
                var cell = (route.Peers[nodes[r]] * factor) + (replica == 0 ? r : replica - 1);
                _cells[at++] = cell;
                _starts[cell + 1]++;
            }
        }
        return WriteResult.Stored;
    }

    private void Sort(int cells)
    {
        for (var cell = 1; cell < cells; cell++) _starts[cell] += _starts[cell - 1];
        var total = _count * Replicas;
        for (var i = 0; i < total; i++) _order[_starts[_cells[i]]++] = i / Replicas;
    }

    // After the sort each start has moved to the end of its cell. A group ends where the tenant changes.
    private void Group(Batch batch, int factor, int cells)
    {
        var series = batch.Series;
        var start = 0;
        for (var cell = 0; cell < cells - 1; cell++)
        {
            var end = _starts[cell];
            if (batch.Tenants.Count > 1) SortByTenant(series, _order.AsSpan(start, end - start));
            while (start < end)
            {
                var tenant = series[_order[start]].Tenant;
                var next = start + 1;
                while (next < end && series[_order[next]].Tenant == tenant) next++;
                _groups.Add(new WriteGroup(cell / factor, cell % factor, tenant, start, next - start));
                start = next;
            }
        }
    }

    // Usually in order already: a peer's tuples follow one another. The index breaks ties, so the order of the request stays.
    private static void SortByTenant(ReadOnlySpan<SeriesEntry> series, Span<int> order)
    {
        for (var i = 1; i < order.Length; i++)
        {
            if (series[order[i]].Tenant >= series[order[i - 1]].Tenant) continue;
            var keys = new long[order.Length];
            for (var k = 0; k < keys.Length; k++) keys[k] = ((long)series[order[k]].Tenant << 32) | (uint)order[k];
            keys.AsSpan().Sort(order);
            return;
        }
    }

    private static WriteResult Unplaced(string error) => new(WriteOutcome.Failed, error);

    private static void Rent(ref int[] array, int length)
    {
        if (array.Length >= length) return;
        Return(ref array);
        array = ArrayPool<int>.Shared.Rent(length);
    }

    private static void Return(ref int[] array)
    {
        if (array.Length > 0) ArrayPool<int>.Shared.Return(array);
        array = [];
    }
}
