using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Receiver.Grpc;
using Receiver.Options;

namespace Receiver.Hosting;

/// <summary>The three ports: protocol, limits and TLS of each.</summary>
internal static class Ports
{
    // Prometheus keeps idle connections for five minutes; closing earlier makes it hit a closed one.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(6);

    /// <summary>Metrics, probes and the status page.</summary>
    public static Task<Listener> HttpAsync(HttpOptions options, ILoggerFactory loggers, RouteTable routes) =>
        Listener.CreateAsync(
        "http-address",
        options.Address,
        loggers,
        static kestrel => kestrel.Limits.KeepAliveTimeout = KeepAlive,
        static listen => listen.Protocols = HttpProtocols.Http1,
        routes.HandleAsync);

    /// <summary>Remote write: HTTP/1.1, and HTTP/2 where TLS can negotiate it. Bodies are limited by the endpoint.</summary>
    public static Task<Listener> RemoteWriteAsync(Options.RemoteWriteOptions options, ILoggerFactory loggers,
        RouteTable routes) => Listener.CreateAsync(
        "remote-write.address",
        options.Address,
        loggers,
        static kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.KeepAliveTimeout = KeepAlive;
        },
        listen =>
        {
            listen.Protocols = options.Tls.IsEnabled ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
            ServerCertificate.Use(
                listen, options.Tls, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                loggers.CreateLogger("Receiver.Hosting.Tls"));
        },
        routes.HandleAsync);

    /// <summary>StoreAPI and writes of peers: HTTP/2 only, with prior knowledge when there is no TLS.</summary>
    public static Task<Listener> GrpcAsync(GrpcOptions options, ILoggerFactory loggers, GrpcServer server) =>
        Listener.CreateAsync(
        "grpc-address",
        options.Address,
        loggers,
        GrpcKestrel.Configure,
        listen =>
        {
            GrpcKestrel.Configure(listen);
            ServerCertificate.Use(listen, options.Tls, [SslApplicationProtocol.Http2],
                loggers.CreateLogger("Receiver.Hosting.Tls"));
        },
        server.HandleAsync);
}
