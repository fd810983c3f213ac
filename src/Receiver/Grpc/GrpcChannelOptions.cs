using System.Net.Security;

namespace Receiver.Grpc;

/// <summary>How a channel talks to its peer.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>How requests are compressed; --receive.grpc-compression. Snappy or identity.</summary>
    public GrpcEncoding Encoding { get; init; } = GrpcEncoding.Identity;

    /// <summary>Silence after which a peer with calls in flight is pinged. Go servers close the connection of a client that
    /// pings more often than every 10 s, so it is 20 s.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a ping may stay unanswered before the connection is dropped and its calls fail as unavailable.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection attempt may take; grpc-go's minimum.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Largest reply message accepted, before and after decompression, bytes.</summary>
    public int MessageSizeBytesMax { get; init; } = int.MaxValue;

    /// <summary>TLS settings; null means clear text.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Sent as user-agent.</summary>
    public string UserAgent { get; init; } = "receiver-grpc";

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
