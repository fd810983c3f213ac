namespace Hashring.Configuration;

/// <summary>A ring while its document is read: later keys overwrite or extend what earlier ones left.</summary>
internal sealed class RingDraft
{
    public string Name = "";
    public ReusedList<string> Tenants { get; } = new(static () => "");
    public string MatcherType = "";
    public ReusedList<Endpoint> Endpoints { get; } = new(static () => new Endpoint("", "", ""));
    public string Algorithm = "";
    public IReadOnlyList<KeyValuePair<string, string>> ExternalLabels = [];
    public long ShardSize;
    public long CacheSize;
    public bool IsZoneAwarenessDisabled;
    public ReusedList<OverrideDraft> Overrides { get; } = new(static () => new OverrideDraft());

    public HashringConfig ToConfig() => new()
    {
        Name = Name,
        Tenants = Tenants.ToList(),
        TenantMatcherType = MatcherType,
        Endpoints = Endpoints.ToList(),
        Algorithm = Algorithm,
        ExternalLabels = ExternalLabels,
        ShuffleSharding = new ShuffleShardingConfig
        {
            ShardSize = ShardSize,
            CacheSize = CacheSize,
            IsZoneAwarenessDisabled = IsZoneAwarenessDisabled,
            Overrides = Array.ConvertAll<OverrideDraft, ShardSizeOverride>([.. Overrides.ToList()], static o => o.ToOverride()),
        },
    };
}

/// <summary>An entry of shuffle_sharding_config.overrides while it is read.</summary>
internal sealed class OverrideDraft
{
    public long ShardSize;
    public ReusedList<string> Tenants { get; } = new(static () => "");
    public string MatcherType = "";

    public ShardSizeOverride ToOverride() => new(ShardSize, Tenants.ToList(), MatcherType);
}
