using System.Text;
using Hashring;
using Receiver.RemoteWrite;
using Tsdb.Memory;

namespace Receiver.Replication;

/// <summary>What one ring snapshot means for one tenant; immutable.</summary>
public sealed class TenantRoute
{
    private const int ScratchBytes = 1024; // Holds a usual series; larger ones are streamed.

    private readonly byte[] _tenant;
    private readonly KeyHash _key;

    /// <summary>A tenant on its ring.</summary>
    /// <param name="tenant">Its name.</param>
    /// <param name="ring">The ring that places its series.</param>
    /// <param name="peers">For each of the ring's nodes, the index of its peer.</param>
    public TenantRoute(string tenant, Ring ring, int[] peers)
    {
        _tenant = Encoding.UTF8.GetBytes(tenant);
        _key = KeyedHash.Compute(_tenant);
        Ring = ring;
        Peers = peers;
    }

    /// <summary>Places the tenant's series.</summary>
    public Ring Ring { get; }

    /// <summary>Peer of each node of the ring, by index.</summary>
    public IReadOnlyList<int> Peers { get; }

    /// <summary>The ring hash of a series: remembered, else computed from its labels.</summary>
    /// <param name="batch">The request.</param>
    /// <param name="series">One of its series.</param>
    /// <param name="cache">Remembers.</param>
    /// <param name="ringHash">The number that the ring takes.</param>
    /// <returns>Why the label bytes are none, or none.</returns>
    public DecodeFault TryHash(Batch batch, in SeriesEntry series, RingHashCache cache, out ulong ringHash)
    {
        // Two keyed hashes folded: the same series of two tenants has two places.
        var key = new KeyHash(series.Key.Low ^ _key.Low, series.Key.High ^ _key.High);
        if (cache.TryGet(key, out ringHash)) return DecodeFault.None;
        var hasher = new SeriesHasher(stackalloc byte[ScratchBytes]);
        hasher.Begin(_tenant);
        var labels = new LabelRunEnumerator(batch.Labels(in series));
        while (labels.MoveNext()) hasher.Add(labels.Current.Name, labels.Current.Value);
        if (!labels.Fault.IsNone) return labels.Fault;
        ringHash = hasher.Finish();
        cache.Set(key, ringHash);
        return DecodeFault.None;
    }
}
