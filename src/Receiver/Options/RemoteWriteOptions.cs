namespace Receiver.Options;

/// <summary>The remote-write listener.</summary>
public sealed record RemoteWriteOptions
{
    /// <summary>host:port; --remote-write.address, default 0.0.0.0:19291.</summary>
    public required string Address { get; init; }

    /// <summary>TLS; --remote-write.server-tls-*.</summary>
    public required ServerTlsOptions Tls { get; init; }
}
