namespace Receiver.Grpc;

/// <summary>Limits of a server.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>Largest request message, before and after decompression, bytes; upstream's limit is 2 GiB - 1.</summary>
    public int MessageSizeBytesMax { get; init; } = int.MaxValue;

    /// <summary>Bytes of request messages held at one time by all calls together; a call that needs more is refused with
    /// <see cref="GrpcCode.Unavailable"/>, which senders retry. Unlimited by default.</summary>
    public long BufferedBytesMax { get; init; } = long.MaxValue;

    /// <summary>How long a complete message waits for the end of the request before it is handled anyway.</summary>
    /// <remarks>Answering before the client has ended its side makes Kestrel reset the stream and keep it until it drains; past
    /// twice the stream limit it then refuses the client with ENHANCE_YOUR_CALM (docs/decisions/0051).</remarks>
    public TimeSpan HalfCloseWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
