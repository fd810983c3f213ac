using Tsdb;
using Tsdb.Labels;

namespace Receiver.Tenancy;

/// <summary>Where tenants live and what they have in common.</summary>
public sealed record TenancyOptions
{
    /// <summary>
    /// Options of every tenant's database, but for the directory: here it is the data directory (--tsdb.path) that holds one
    /// directory per tenant.
    /// </summary>
    public required DatabaseOptions Database { get; init; }

    /// <summary>Tenant that exists from the start; --receive.default-tenant-id.</summary>
    public string DefaultTenantId { get; init; } = "default-tenant";

    /// <summary>Name of the external label that carries the tenant; --receive.tenant-label-name.</summary>
    public string TenantLabelName { get; init; } = "tenant_id";

    /// <summary>External labels of this receiver; --label.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>The data directory, --tsdb.path.</summary>
    public string DataDirectory => Database.Directory;

    /// <summary>Where time comes from; its local time zone is the pruning schedule's.</summary>
    public TimeProvider Clock => Database.Clock;
}
