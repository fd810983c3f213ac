using System.Globalization;
using Hashring.Sharding;

namespace Hashring;

/// <summary>All rings of a document; the first that serves a tenant places its series.</summary>
/// <remarks>Immutable but for the caches of shuffle-sharded rings, which are safe to use from any thread.</remarks>
public sealed class MultiHashring
{
    private const string Ketama = "ketama";

    private readonly Entry[] _entries;

    private MultiHashring(Entry[] entries)
    {
        _entries = entries;
        var nodes = new List<Endpoint>();
        foreach (var entry in entries) nodes.AddRange(entry.Base.Nodes);
        Nodes = nodes;
    }

    /// <summary>The endpoints of all rings, one ring after another; an endpoint in two rings occurs twice.</summary>
    public IReadOnlyList<Endpoint> Nodes { get; }

    /// <summary>Counters of the caches of shuffle-sharded rings, by ring name.</summary>
    public IEnumerable<KeyValuePair<string, ShardCacheCounts>> ShardCaches
    {
        get
        {
            foreach (var entry in _entries)
            {
                if (entry.Shards is { } shards) yield return new(entry.Base.Name, shards.CacheCounts);
            }
        }
    }

    /// <summary>The ring of a receiver without a document: one endpoint that serves every tenant.</summary>
    public static MultiHashring FromSingle(Endpoint endpoint) =>
        new([new Entry(new TenantMatcher(new HashringConfig()), HashmodRing.Create("", [endpoint]), null)]);

    /// <summary>Builds the rings of a document.</summary>
    /// <param name="configs">Rings in order; none = every tenant is refused.</param>
    /// <param name="defaultAlgorithm">hashmod or ketama, for rings that name none; --receive.hashrings-algorithm.</param>
    /// <param name="replicationFactor">Copies of each series, 1 or more.</param>
    /// <param name="error">Empty on success, else the text upstream ends with.</param>
    /// <returns>The rings, or null with an error.</returns>
    public static MultiHashring? Create(
        IReadOnlyList<HashringConfig> configs, string defaultAlgorithm, int replicationFactor, out string error)
    {
        error = "";
        var entries = new Entry[configs.Count];
        var shardedNames = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Length; i++)
        {
            var config = configs[i];
            var algorithm = config.Algorithm.Length == 0 ? defaultAlgorithm : config.Algorithm;
            var entry = algorithm == Ketama
                ? CreateKetama(config, replicationFactor, out error)
                : CreateHashmod(config, checksZonesFirst: algorithm == "hashmod", out error);
            if (entry is null) return null;
            if (entry.Shards is not null && !shardedNames.Add(config.Name))
            {
                error = $"hashrings with shuffle sharding need different names, but two are named \"{config.Name}\"";
                return null;
            }
            entries[i] = entry;
        }
        return new MultiHashring(entries);
    }

    /// <summary>Finds the ring of a tenant.</summary>
    /// <param name="tenant">Effective tenant of the request.</param>
    /// <param name="ring">The ring; null on failure.</param>
    /// <param name="error">Empty on success; else why: nobody serves the tenant, a pattern is malformed, or its shard is
    /// impossible.</param>
    public bool TrySelect(string tenant, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Ring? ring, out string error)
    {
        ring = null;
        foreach (var entry in _entries)
        {
            if (entry.Matcher.Accepts(tenant, out error))
            {
                ring = entry.Shards is null ? entry.Base : entry.Shards.GetOrCreate(tenant, out error);
                return ring is not null;
            }
            if (error.Length > 0) return false;
        }
        error = "no matching hashring to handle tenant";
        return false;
    }

    private static Entry? CreateHashmod(HashringConfig config, bool checksZonesFirst, out string error)
    {
        error = "";
        foreach (var endpoint in config.Endpoints)
        {
            if (endpoint.Az.Length > 0)
            {
                error = "Hashmod algorithm does not support AZ aware hashring configuration. "
                    + "Either use Ketama or remove AZ configuration.";
            }
        }
        if (config.ShuffleSharding.ShardSize > 0 && (error.Length == 0 || !checksZonesFirst))
        {
            error = "hashmod algorithm does not support shuffle sharding. "
                + "Either use Ketama or remove shuffle sharding configuration";
        }
        if (error.Length > 0) return null;
        return new Entry(new TenantMatcher(config), HashmodRing.Create(config.Name, config.Endpoints), null);
    }

    private static Entry? CreateKetama(HashringConfig config, int replicationFactor, out string error)
    {
        var sharding = config.ShuffleSharding;
        var ring = KetamaRing.Create(config.Name, config.Endpoints, replicationFactor, out error);
        if (ring is null) return null;
        if (sharding.ShardSize <= 0) return new Entry(new TenantMatcher(config), ring, null);
        if (sharding.ShardSize > ring.NodeCount)
        {
            error = string.Create(
                CultureInfo.InvariantCulture,
                $"shard size {sharding.ShardSize} is larger than number of nodes in hashring {config.Name} ({ring.NodeCount})");
            return null;
        }
        return new Entry(new TenantMatcher(config), ring, new ShuffleShards(ring, sharding, replicationFactor));
    }

    private sealed record Entry(TenantMatcher Matcher, Ring Base, ShuffleShards? Shards);
}
