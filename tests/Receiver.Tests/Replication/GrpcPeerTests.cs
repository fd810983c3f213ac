using System.Linq;
using System.Net;
using Hashring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Grpc;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tests.RemoteWrite;
using TestKit;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Tests.Replication;

/// <summary>A router and an ingestor with the real transport between them.</summary>
public class GrpcPeerTests
{
    [Theory]
    [InlineData(GrpcEncoding.Snappy)]
    [InlineData(GrpcEncoding.Identity)]
    public async Task Write_ThroughARouter_ArrivesInTheDatabase(GrpcEncoding encoding)
    {
        using var folder = new TempFolder();
        using var databases = new FolderDatabases(folder.Path);
        var metrics = new WriteMetrics(new MetricRegistry(), TimeSpan.FromSeconds(5));
        await using var ingestor = new Fanout(
            new ReplicationOptions { Mode = RoutingMode.IngestorOnly }, new LocalWriter(databases),
            _ => throw new InvalidOperationException(), metrics, TimeProvider.System);
        await ingestor.SetRingsAsync(MultiHashring.FromSingle(Endpoint.FromAddress("")));
        var service = new WriteableStoreService(
            ingestor, new BatchPool(2), new BodyBudget(0), metrics, NullLogger<WriteableStoreService>.Instance);
        await using var app = Serve(service);
        await app.StartAsync();
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

        await using var router = new Fanout(
            new ReplicationOptions { Mode = RoutingMode.RouterOnly }, null,
            endpoint => new GrpcPeerTransport(new GrpcChannel(endpoint.Address, new GrpcChannelOptions { Encoding = encoding })),
            metrics, TimeProvider.System);
        await router.SetRingsAsync(MultiHashring.FromSingle(Endpoint.FromAddress(new Uri(url).Authority)));
        using var batch = Requests.Read(Requests.Many(500), "team-a");
        Assert.Equal(WriteResult.Stored, await router.WriteAsync(batch, 0, CancellationToken.None));
        Assert.Equal(500, databases.Open["team-a"].SeriesCount);

        using var older = Requests.Read(Requests.Many(1, 1_699_999_999_999), "team-a");
        var refused = await router.WriteAsync(older, 0, CancellationToken.None);
        Assert.Equal(WriteOutcome.Conflict, refused.Outcome);
        Assert.EndsWith(
            "az: : rpc error: code = AlreadyExists desc = writing team-a data to local TSDB: add 1 samples: out of order sample",
            refused.Text, StringComparison.Ordinal);
    }

    private static WebApplication Serve(WriteableStoreService service)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            GrpcKestrel.Configure(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, GrpcKestrel.Configure);
        });
        var app = builder.Build();
        var server = new GrpcServer();
        service.Map(server);
        server.Map(app);
        return app;
    }
}
