using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Receiver.Grpc;

/// <summary>Settings without which Kestrel breaks gRPC peers that were written for grpc-go.</summary>
public static class GrpcKestrel
{
    // Query and every router multiplex all their calls over one connection; the default of 100 makes calls queue.
    private const int StreamsPerConnectionMax = 4096;

    // All calls of a peer share one connection window: 1 MiB (the default) lets one slow call starve the others.
    private const int ConnectionWindowBytes = 32 << 20;

    // One forwarded batch of a few MiB arrives without waiting for a window update.
    private const int StreamWindowBytes = 8 << 20;

    // One frame of a Series reply, 1 MiB and a chunk, fits before back-pressure begins.
    private const int ResponseBufferBytes = 2 << 20;

    /// <summary>Sets the limits of a server that serves gRPC, on all of its ports.</summary>
    public static void Configure(KestrelServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.AddServerHeader = false;
        var limits = server.Limits;
        limits.MaxRequestBodySize = null;
        // A querier may exert back-pressure for minutes; a data rate limit would reset its whole connection.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxResponseBufferSize = ResponseBufferBytes;
        limits.Http2.MaxStreamsPerConnection = StreamsPerConnectionMax;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
    }

    /// <summary>Makes one port speak HTTP/2 only. Without TLS that is prior knowledge (h2c), which a mixed port
    /// refuses.</summary>
    public static void Configure(ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Protocols = HttpProtocols.Http2;
    }
}
