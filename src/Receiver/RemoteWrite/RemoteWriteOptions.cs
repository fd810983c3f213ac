namespace Receiver.RemoteWrite;

/// <summary>Which part of the client certificate's subject names the tenant; --receive.tenant-certificate-field.</summary>
public enum TenantCertificateField : byte
{
    /// <summary>None: headers name it.</summary>
    None = 0,

    /// <summary>The first organization.</summary>
    Organization,

    /// <summary>The first organizational unit.</summary>
    OrganizationalUnit,

    /// <summary>The common name.</summary>
    CommonName,
}

/// <summary>What the remote-write door needs to know.</summary>
public sealed record RemoteWriteOptions
{
    /// <summary>Header that names the tenant; --receive.tenant-header.</summary>
    public string TenantHeader { get; init; } = DefaultTenantHeader;

    /// <summary>Tenant of requests that name none; --receive.default-tenant-id.</summary>
    public string DefaultTenant { get; init; } = "default-tenant";

    /// <summary>Header with the replica number; --receive.replica-header.</summary>
    public string ReplicaHeader { get; init; } = "THANOS-REPLICA";

    /// <summary>Certificate field that names the tenant instead of a header; --receive.tenant-certificate-field.</summary>
    public TenantCertificateField CertificateField { get; init; }

    /// <summary>Most bytes of a compressed body; default 32 MiB, what Prometheus accepts.</summary>
    public int CompressedBytesMax { get; init; } = 32 << 20;

    /// <summary>Most bytes of a decoded body; default 32 MiB, what Prometheus accepts.</summary>
    public int DecodedBytesMax { get; init; } = 32 << 20;

    /// <summary>Header that names the tenant when the configured one is absent or empty.</summary>
    public const string DefaultTenantHeader = "THANOS-TENANT";
}
