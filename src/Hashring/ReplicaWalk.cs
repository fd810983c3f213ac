namespace Hashring;

/// <summary>Chooses the endpoints that hold the copies of each section's series, spread over zones.</summary>
/// <remarks>
/// Starting at the section itself, clockwise: an endpoint that was chosen already is skipped, and so is one whose zone has
/// been used more often than the least used zone. Source: pkg/receive/hashring.go (calculateSectionReplicas).
/// </remarks>
internal sealed class ReplicaWalk
{
    private readonly KetamaSections _sections;
    private readonly int[] _zoneOf;
    private readonly int[] _zoneCounts;
    private readonly int _replicationFactor;

    public ReplicaWalk(KetamaSections sections, IReadOnlyList<Endpoint> endpoints, int replicationFactor)
    {
        _sections = sections;
        _replicationFactor = replicationFactor;
        var zones = new Dictionary<string, int>(StringComparer.Ordinal);
        _zoneOf = new int[endpoints.Count];
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (!zones.TryGetValue(endpoints[i].Az, out var zone)) zones.Add(endpoints[i].Az, zone = zones.Count);
            _zoneOf[i] = zone;
        }
        _zoneCounts = new int[zones.Count];
    }

    /// <summary>Lists the endpoints of every section, copy by copy.</summary>
    /// <param name="replicas">Receives replication-factor indexes for each section in turn.</param>
    /// <returns>False when the zones are so uneven that no endpoint can ever take the next copy; upstream loops for ever
    /// then.</returns>
    public bool TryFill(int[] replicas)
    {
        for (var section = 0; section < _sections.Count; section++)
        {
            if (!TryWalk(section, replicas.AsSpan(section * _replicationFactor, _replicationFactor))) return false;
        }
        return true;
    }

    private bool TryWalk(int start, Span<int> chosen)
    {
        Array.Clear(_zoneCounts);
        var count = 0;
        var skipped = 0;
        for (var at = start; count < chosen.Length; at = at + 1 == _sections.Count ? 0 : at + 1)
        {
            var endpoint = _sections.Owners[at];
            if (chosen[..count].Contains(endpoint) || IsZoneFull(_zoneOf[endpoint]))
            {
                // A whole turn without a choice changes nothing, so no later turn will either.
                if (++skipped > _sections.Count) return false;
                continue;
            }
            chosen[count++] = endpoint;
            _zoneCounts[_zoneOf[endpoint]]++;
            skipped = 0;
        }
        return true;
    }

    private bool IsZoneFull(int zone)
    {
        var used = _zoneCounts[zone];
        if (_zoneCounts.Length == 1 || used == 0) return false;
        foreach (var other in _zoneCounts)
        {
            if (used > other) return true;
        }
        return false;
    }
}
