namespace Hashring;

/// <summary>How many of a ring's endpoints each tenant uses.</summary>
public sealed record ShuffleShardingConfig
{
    /// <summary>Endpoints per tenant; 0 or less = shuffle sharding is off.</summary>
    public long ShardSize { get; init; }

    /// <summary>Computed sub-rings kept; 0 or less = 100.</summary>
    public long CacheSize { get; init; }

    /// <summary>True: endpoints are drawn from the whole ring. False: the same number from each zone.</summary>
    public bool IsZoneAwarenessDisabled { get; init; }

    /// <summary>Other sizes for some tenants; the first that matches wins.</summary>
    public IReadOnlyList<ShardSizeOverride> Overrides { get; init; } = [];
}

/// <summary>A shard size for some tenants.</summary>
/// <param name="ShardSize">Endpoints; 0 or less refuses every write of the tenants.</param>
/// <param name="Tenants">Names or patterns.</param>
/// <param name="TenantMatcherType">exact or glob; with any other text, the empty one included, the override is never
/// applied.</param>
public sealed record ShardSizeOverride(long ShardSize, IReadOnlyList<string> Tenants, string TenantMatcherType);
