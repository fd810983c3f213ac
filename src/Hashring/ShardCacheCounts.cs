namespace Hashring;

/// <summary>Numbers behind thanos_shuffle_shard_cache_*.</summary>
/// <param name="Requests">Lookups.</param>
/// <param name="Hits">Lookups that found the tenant's ring.</param>
/// <param name="Items">Rings held.</param>
/// <param name="ItemsMax">Most rings held.</param>
/// <param name="Evictions">Rings dropped to make room.</param>
public readonly record struct ShardCacheCounts(long Requests, long Hits, int Items, int ItemsMax, long Evictions);
