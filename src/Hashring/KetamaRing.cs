using System.Numerics;

namespace Hashring;

/// <summary>
/// Consistent hashing: adding an endpoint moves series to it and between no others; copies are spread over zones.
/// </summary>
/// <remarks>
/// Lookup does not search: a table with at least as many slots as sections says where the sections of a slot's hashes begin,
/// and because section hashes are evenly spread, one or two comparisons follow. Source: pkg/receive/hashring.go.
/// </remarks>
public sealed class KetamaRing : Ring
{
    private readonly KetamaSections _sections;
    private readonly int[] _replicas;
    private readonly int _replicationFactor;
    private readonly int[] _slots;
    private readonly int _slotShift;

    private KetamaRing(string name, Endpoint[] sorted, KetamaSections sections, int[] replicas, int replicationFactor)
        : base(name, sorted)
    {
        _sections = sections;
        _replicas = replicas;
        _replicationFactor = replicationFactor;
        // As many leading bits as the count has: 2^bits > count.
        _slotShift = BitOperations.LeadingZeroCount((ulong)sections.Count);
        _slots = BuildSlots(sections.Hashes, _slotShift);
    }

    /// <summary>Builds the ring.</summary>
    /// <param name="name">Name in the configuration.</param>
    /// <param name="endpoints">At least <paramref name="replicationFactor"/>; the order does not matter.</param>
    /// <param name="replicationFactor">Copies of each series, 1 or more.</param>
    /// <param name="error">Empty on success.</param>
    /// <returns>The ring, or null with an error.</returns>
    public static KetamaRing? Create(string name, IReadOnlyList<Endpoint> endpoints, int replicationFactor, out string error) =>
        Create(name, endpoints, replicationFactor, KetamaSections.PerEndpoint, out error);

    internal static KetamaRing? Create(
        string name, IReadOnlyList<Endpoint> endpoints, int replicationFactor, int sectionsPerEndpoint, out string error)
    {
        error = "";
        if (endpoints.Count == 0 || endpoints.Count < replicationFactor)
        {
            error = "ketama: amount of endpoints needs to be larger than replication factor";
            return null;
        }
        Endpoint[] sorted = [.. endpoints];
        Array.Sort(sorted);
        var sections = KetamaSections.Create(sorted, sectionsPerEndpoint);
        var replicas = new int[sections.Count * replicationFactor];
        if (new ReplicaWalk(sections, sorted, replicationFactor).TryFill(replicas))
            return new KetamaRing(name, sorted, sections, replicas, replicationFactor);
        error = "ketama: availability zones are too uneven to spread "
            + $"{replicationFactor} replicas over them: add endpoints to the smaller zones "
            + $"of hashring \"{name}\" or name no zones";
        return null;
    }

    internal KetamaSections Sections => _sections;

    internal ReadOnlySpan<int> ReplicasOf(int section) => _replicas.AsSpan(section * _replicationFactor, _replicationFactor);

    private protected override int ReplicasMax => _replicationFactor;

    private protected override int Locate(ulong seriesHash, int replica) =>
        _replicas[(Find(seriesHash) * _replicationFactor) + replica];

    private protected override void LocateAll(ulong seriesHash, Span<int> endpointIndexes) =>
        ReplicasOf(Find(seriesHash))[..endpointIndexes.Length].CopyTo(endpointIndexes);

    private int Find(ulong hash)
    {
        var hashes = _sections.Hashes;
        var at = _slots[hash >> _slotShift];
        while (at < hashes.Length && hashes[at] < hash) at++;
        return at == hashes.Length ? 0 : at;
    }

    private static int[] BuildSlots(ulong[] hashes, int shift)
    {
        var slots = new int[(ulong.MaxValue >> shift) + 1];
        var at = 0;
        for (var slot = 0; slot < slots.Length; slot++)
        {
            while (at < hashes.Length && hashes[at] >> shift < (ulong)slot) at++;
            slots[slot] = at;
        }
        return slots;
    }
}
