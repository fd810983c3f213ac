using Tsdb;

namespace Receiver.Options;

/// <summary>Databases of the tenants.</summary>
public sealed record StorageOptions
{
    /// <summary>What every tenant's database is opened with; its directory is the data directory, --tsdb.path.</summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>Most bytes a tenant keeps locally; 0 = no limit; --tsdb.max-retention-bytes.</summary>
    public long RetentionBytesMax { get; init; }

    /// <summary>Bytes per tenant of remembered head lookups; 0 = none; --tsdb.head.expanded-postings-cache-size.</summary>
    public long HeadPostingsCacheBytes { get; init; }

    /// <summary>Bytes per tenant of remembered block lookups; 0 = none; --tsdb.block.expanded-postings-cache-size.</summary>
    public long BlockPostingsCacheBytes { get; init; }
}
