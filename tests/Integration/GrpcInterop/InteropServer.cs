using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Receiver.Grpc;

namespace Integration.GrpcInterop;

/// <summary>The methods that stock clients call, served by this project's gRPC.</summary>
internal sealed class InteropServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InteropServer(WebApplication app) => _app = app;

    public string Address => new Uri(_app.Urls.Single()).Authority;

    public static async Task<InteropServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            GrpcKestrel.Configure(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, GrpcKestrel.Configure);
        });
        var app = builder.Build();
        app.Run(Methods().HandleAsync);
        await app.StartAsync();
        return new InteropServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static GrpcServer Methods()
    {
        var server = new GrpcServer();
        server.AddUnary("/test.Interop/Echo", (_, request, reply) =>
        {
            foreach (var segment in request) reply.Write(segment.Span);
            return ValueTask.FromResult(GrpcStatus.Ok);
        });
        server.AddUnary("/test.Interop/Sleep", async (call, _, _) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Cancelled);
            return GrpcStatus.Ok;
        });
        server.AddStream("/test.Interop/Count", async (call, request) =>
        {
            await CountAsync(call, Encoding.ASCII.GetString(request));
            return GrpcStatus.Ok;
        });
        server.AddStream("/test.Interop/Fail", async (call, request) =>
        {
            await CountAsync(call, Encoding.ASCII.GetString(request));
            return new GrpcStatus(GrpcCode.Aborted, "100% broken: \"ü\"");
        });
        return server;
    }

    private static async Task CountAsync(GrpcServerCall call, string count)
    {
        for (var i = 0; i < int.Parse(count, CultureInfo.InvariantCulture); i++)
            await call.WriteAsync(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
    }
}
