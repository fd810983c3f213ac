namespace Receiver.Options;

/// <summary>Tenants, rings, replication, limits and features.</summary>
public sealed record ReceiveOptions
{
    /// <summary>Path of the watched ring file; empty = none; --receive.hashrings-file.</summary>
    public string HashringsFile { get; init; } = "";

    /// <summary>Rings as JSON text; empty = none; --receive.hashrings.</summary>
    public string Hashrings { get; init; } = "";

    /// <summary>Whether rings that name no algorithm are ketama; --receive.hashrings-algorithm, default hashmod.</summary>
    public bool IsKetama { get; init; }

    /// <summary>Period of re-reading the file; --receive.hashrings-file-refresh-interval, default 5 m.</summary>
    public TimeSpan HashringsRefreshInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>This receiver's address as the rings spell it; may be empty; --receive.local-endpoint.</summary>
    public string LocalEndpoint { get; init; } = "";

    /// <summary>Receivers that get each series, 1 or more; --receive.replication-factor, default 1.</summary>
    public int ReplicationFactor { get; init; } = 1;

    /// <summary>Header of the tenant; --receive.tenant-header, default THANOS-TENANT.</summary>
    public string TenantHeader { get; init; } = "THANOS-TENANT";

    /// <summary>Field of the client certificate that names the tenant: empty, organization, organizationalUnit or
    /// commonName.</summary>
    public string TenantCertificateField { get; init; } = "";

    /// <summary>Tenant of writes that name none; --receive.default-tenant-id, default default-tenant.</summary>
    public string DefaultTenantId { get; init; } = "default-tenant";

    /// <summary>External label of the tenant; --receive.tenant-label-name, default tenant_id.</summary>
    public string TenantLabelName { get; init; } = "tenant_id";

    /// <summary>Label of a series that names its tenant; empty = none; --receive.split-tenant-label-name.</summary>
    public string SplitTenantLabelName { get; init; } = "";

    /// <summary>Header of the replica number; --receive.replica-header, default THANOS-REPLICA.</summary>
    public string ReplicaHeader { get; init; } = "THANOS-REPLICA";

    /// <summary>host:port of the Cap'n Proto listener; --receive.capnproto-address, default 0.0.0.0:19391.</summary>
    public string CapnprotoAddress { get; init; } = "0.0.0.0:19391";

    /// <summary>YAML list of relabelling rules; empty = none; --receive.relabel-config.</summary>
    public string RelabelConfig { get; init; } = "";

    /// <summary>YAML of the limits; empty = none; --receive.limits-config.</summary>
    public string LimitsConfig { get; init; } = "";

    /// <summary>Path it came from, re-read when it changes; empty = inline or none.</summary>
    public string LimitsConfigFile { get; init; } = "";

    /// <summary>Period of looking at that file; --receive.limits-config-reload-timer, default 1 s.</summary>
    public TimeSpan LimitsReloadInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether OTLP resources write target_info; --receive.otlp-enable-target-info, default true.</summary>
    public bool WritesTargetInfo { get; init; } = true;

    /// <summary>OTLP resource attributes that become labels; --receive.otlp-promote-resource-attributes.</summary>
    public IReadOnlyList<string> PromotedAttributes { get; init; } = [];

    /// <summary>Features switched on, comma lists split; --enable-feature.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
}
