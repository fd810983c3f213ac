using System.Globalization;
using System.Text;

namespace Hashring.Sharding;

/// <summary>Gives each tenant its own small ring of endpoints drawn from a ketama ring, always the same ones.</summary>
/// <remarks>
/// Per zone a generator seeded by tenant and zone draws points on the circle of that zone's sections; each takes the next
/// endpoint not yet taken. So a change of one endpoint changes at most one member of a shard. Source:
/// pkg/receive/hashring.go.
/// </remarks>
internal sealed class ShuffleShards
{
    /// <summary>Sub-rings kept when the configuration names no number, upstream's default.</summary>
    private const int DefaultCacheSize = 100;

    private readonly KetamaRing _base;
    private readonly ShuffleShardingConfig _config;
    private readonly int _replicationFactor;
    private readonly SortedDictionary<string, ZoneSections> _zones;
    private readonly ShardCache _cache;

    public ShuffleShards(KetamaRing ring, ShuffleShardingConfig config, int replicationFactor)
    {
        _base = ring;
        _config = config;
        _replicationFactor = replicationFactor;
        _zones = ZoneSections.Split(ring, config.IsZoneAwarenessDisabled);
        _cache = new ShardCache((int)Math.Min(config.CacheSize <= 0 ? DefaultCacheSize : config.CacheSize, int.MaxValue));
    }

    /// <summary>What the cache has done so far.</summary>
    public ShardCacheCounts CacheCounts => _cache.Counts;

    /// <summary>The ring of a tenant, or null with the reason why its size is impossible.</summary>
    public Ring? GetOrCreate(string tenant, out string error)
    {
        error = "";
        if (_cache.TryGet(tenant, out var known)) return known;
        if (!TryPick(tenant, out var picked, out error)) return null;
        var ring = KetamaRing.Create(_base.Name, picked, _replicationFactor, out error);
        if (ring is not null) _cache.Add(tenant, ring);
        return ring;
    }

    /// <summary>Endpoints of a tenant: the first override that names it, else the ring's size.</summary>
    private long SizeFor(string tenant)
    {
        foreach (var candidate in _config.Overrides)
        {
            if (Names(candidate, tenant)) return candidate.ShardSize;
        }
        return _config.ShardSize;
    }

    private static bool Names(ShardSizeOverride candidate, string tenant)
    {
        foreach (var name in candidate.Tenants)
        {
            var matches = candidate.TenantMatcherType switch
            {
                "exact" => string.Equals(name, tenant, StringComparison.Ordinal),
                // A malformed pattern is no match here, unlike in the choice of the ring.
                "glob" => GlobPattern.Match(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(tenant)) == GlobResult.Match,
                _ => false,
            };
            if (matches) return true;
        }
        return false;
    }

    private bool TryPick(string tenant, out List<Endpoint> picked, out string error)
    {
        var size = SizeFor(tenant);
        // Every zone gives the same number, rounded up, so the shard may be larger than asked for.
        var take = _config.IsZoneAwarenessDisabled || size <= 0 ? size : (size + _zones.Count - 1) / _zones.Count;
        picked = [];
        foreach (var (zone, sections) in _zones)
        {
            if (take > sections.EndpointCount)
            {
                error = string.Create(
                    CultureInfo.InvariantCulture,
                    $"shard size {size} is larger than number of nodes in AZ {zone} ({sections.EndpointCount})");
                return false;
            }
            foreach (var index in sections.Pick(ShardSeed.Compute(tenant, zone), (int)Math.Max(take, 0)))
                picked.Add(_base.Nodes[index]);
        }
        error = "";
        return true;
    }
}
