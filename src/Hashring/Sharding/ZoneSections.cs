namespace Hashring.Sharding;

/// <summary>The sections of one zone's endpoints, in the order of the whole circle.</summary>
internal sealed class ZoneSections
{
    private readonly KetamaSections _sections;

    private ZoneSections(KetamaSections sections, int endpointCount)
    {
        _sections = sections;
        EndpointCount = endpointCount;
    }

    /// <summary>Different endpoints of the zone.</summary>
    public int EndpointCount { get; }

    /// <summary>
    /// Groups a ring's sections by zone; without zone awareness everything is in one group with an empty key.
    /// </summary>
    public static SortedDictionary<string, ZoneSections> Split(KetamaRing ring, bool isZoneAwarenessDisabled)
    {
        var members = new SortedDictionary<string, HashSet<Endpoint>>(StringComparer.Ordinal);
        foreach (var node in ring.Nodes)
        {
            var zone = isZoneAwarenessDisabled ? "" : node.Az;
            if (!members.TryGetValue(zone, out var endpoints)) members.Add(zone, endpoints = []);
            endpoints.Add(node);
        }
        var groups = new SortedDictionary<string, ZoneSections>(StringComparer.Ordinal);
        foreach (var (zone, endpoints) in members)
        {
            var hashes = new List<ulong>();
            var owners = new List<int>();
            for (var i = 0; i < ring.Sections.Count; i++)
            {
                var owner = ring.Sections.Owners[i];
                if (!isZoneAwarenessDisabled && ring.Nodes[owner].Az != zone) continue;
                hashes.Add(ring.Sections.Hashes[i]);
                owners.Add(owner);
            }
            groups.Add(zone, new ZoneSections(new KetamaSections([.. hashes], [.. owners]), endpoints.Count));
        }
        return groups;
    }

    /// <summary>Draws endpoints without replacement.</summary>
    /// <param name="seed">Seed of the generator.</param>
    /// <param name="count">Endpoints wanted, at most <see cref="EndpointCount"/>.</param>
    /// <returns>Indexes into the ring's node list.</returns>
    public HashSet<int> Pick(long seed, int count)
    {
        var picked = new HashSet<int>();
        var random = new GoRandom(seed);
        while (picked.Count < count)
        {
            var at = _sections.Find(random.NextUInt64());
            while (!picked.Add(_sections.Owners[at])) at = at + 1 == _sections.Count ? 0 : at + 1;
        }
        return picked;
    }
}
