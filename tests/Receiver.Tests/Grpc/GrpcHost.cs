using System.Buffers;
using System.Linq;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Receiver.Grpc;
using Tsdb.Memory;

namespace Receiver.Tests.Grpc;

/// <summary>A server on a free port of 127.0.0.1 with the given methods, and channels to it.</summary>
internal sealed class GrpcHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GrpcHost(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    public static async Task<GrpcHost> StartAsync(Action<GrpcServer> register, GrpcServerOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            GrpcKestrel.Configure(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, GrpcKestrel.Configure);
        });
        var app = builder.Build();
        var server = new GrpcServer(options);
        register(server);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        return new GrpcHost(app) { Address = new Uri(app.Urls.Single()).Authority };
    }

    public GrpcChannel Channel(GrpcChannelOptions? options = null) => new(Address, options ?? new GrpcChannelOptions());

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    public static ValueTask<GrpcStatus> EchoAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        foreach (var segment in request) reply.Write(segment.Span);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    public static async Task<(GrpcStatus Status, byte[] Reply)> CallAsync(
        GrpcChannel channel, string method, ReadOnlyMemory<byte> request, TimeSpan? timeout = null,
        CancellationToken stop = default)
    {
        using var reply = new ByteBuffer();
        var status = await channel.UnaryAsync(method, new ReadOnlySequence<byte>(request), reply,
            timeout ?? TimeSpan.FromSeconds(30), stop);
        return (status, reply.Written.ToArray());
    }
}
