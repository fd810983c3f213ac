using System.Security.Authentication;

namespace Receiver.Options;

/// <summary>How other receivers are called.</summary>
public sealed record PeerOptions
{
    /// <summary>Whether TLS is used; --remote-write.client-tls-secure.</summary>
    public bool IsTls { get; init; }

    /// <summary>Whether their certificates go unverified; --remote-write.client-tls-skip-verify.</summary>
    public bool SkipsVerification { get; init; }

    /// <summary>Path of our certificate; empty = none; --remote-write.client-tls-cert.</summary>
    public string CertFile { get; init; } = "";

    /// <summary>Path of its key; --remote-write.client-tls-key.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>Path of the authorities; empty = the system's; --remote-write.client-tls-ca.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>Name expected in their certificates; empty = the host's; --remote-write.client-server-name.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>TLS versions that may be used; --remote-write.client-tls-min-version, default 1.3.</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls13;

    /// <summary>Whether messages are snappy-compressed; --receive.grpc-compression, default snappy.</summary>
    public bool UsesSnappy { get; init; } = true;

    /// <summary>Whether Cap'n Proto is spoken instead of gRPC; --receive.replication-protocol, default protobuf.</summary>
    public bool UsesCapnproto { get; init; }

    /// <summary>JSON service configuration; empty = none; --receive.grpc-service-config.</summary>
    public string ServiceConfig { get; init; } = "";

    /// <summary>Requests under way to one peer at a time, 1 or more; --receive.forward.async-workers, default 5.</summary>
    public int WorkersMax { get; init; } = 5;

    /// <summary>Longest time of one forwarded write; --receive-forward-timeout, default 5 s.</summary>
    public TimeSpan ForwardTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause before a failing peer is tried again; --receive-forward-max-backoff, default 5 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);
}
