using Receiver.Grpc;
using Receiver.Options;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.StoreApi;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>Translates the options of the command line into those of each part.</summary>
internal static class Wiring
{
    /// <summary>What tenants need.</summary>
    public static TenancyOptions Tenancy(ReceiverOptions options, long memoryLimitBytes) => new()
    {
        Database = options.Storage.Database with { HeadsBytesMax = MemoryLimit.ForHeads(memoryLimitBytes) },
        DefaultTenantId = options.Receive.DefaultTenantId,
        TenantLabelName = options.Receive.TenantLabelName,
        Labels = options.Labels,
    };

    /// <summary>What distribution needs.</summary>
    public static ReplicationOptions Replication(ReceiverOptions options) => new()
    {
        Mode = options.Mode switch
        {
            ReceiverMode.IngestorOnly => RoutingMode.IngestorOnly,
            ReceiverMode.RouterOnly => RoutingMode.RouterOnly,
            _ => RoutingMode.RouterIngestor,
        },
        LocalEndpoint = options.Receive.LocalEndpoint,
        ReplicationFactor = options.Receive.ReplicationFactor,
        ForwardTimeout = options.Peers.ForwardTimeout,
        BackoffMax = options.Peers.BackoffMax,
        WorkersPerPeer = options.Peers.WorkersMax,
    };

    /// <summary>The remote-write door.</summary>
    public static RemoteWrite.RemoteWriteOptions RemoteWrite(ReceiverOptions options) => new()
    {
        TenantHeader = options.Receive.TenantHeader,
        DefaultTenant = options.Receive.DefaultTenantId,
        ReplicaHeader = options.Receive.ReplicaHeader,
        CertificateField = options.Receive.TenantCertificateField switch
        {
            "organization" => TenantCertificateField.Organization,
            "organizationalUnit" => TenantCertificateField.OrganizationalUnit,
            "commonName" => TenantCertificateField.CommonName,
            _ => TenantCertificateField.None,
        },
    };

    /// <summary>The gRPC server: writes of peers, StoreAPI, health (which follows the prober) and reflection.</summary>
    public static GrpcServer Grpc(
        ReceiverOptions options, TenantStore? tenants, WritePath writes, Prober prober, MetricRegistry registry,
        ILoggerFactory loggers)
    {
        var memoryLimitBytes = MemoryLimit.Resolve(options.MemoryLimitBytes);
        var limits = new GrpcServerOptions { BufferedBytesMax = MemoryLimit.ForMessages(memoryLimitBytes) };
        var server = new GrpcServer(limits, new GrpcMetrics(registry), loggers.CreateLogger<GrpcServer>());
        writes.Map(server);
        var limitsPerCall = new StoreApiOptions
        {
            SeriesPerRequestMax = options.Grpc.RequestSeriesMax,
            SamplesPerRequestMax = options.Grpc.RequestSamplesMax,
        };
        StoreApiServices.Map(
            server, () => tenants?.Open ?? [], () => prober.IsReady, limitsPerCall, new(registry),
            TenantStatistics.Of, loggers.CreateLogger("Receiver.StoreApi"));
        // Their metrics exist from the start; health and reflection appear with their first call, as upstream's do.
        server.AnnounceMetrics();
        var health = new HealthService();
        prober.ReadyChanged += health.SetServing;
        health.Map(server);
        ReflectionService.Map(server);
        return server;
    }

    /// <summary>How a peer is reached.</summary>
    /// <exception cref="StartException">A certificate cannot be used.</exception>
    public static Func<Hashring.Endpoint, IPeerTransport> Connect(PeerOptions options, TimeProvider clock)
    {
        var channel = new GrpcChannelOptions
        {
            Encoding = options.UsesSnappy ? GrpcEncoding.Snappy : GrpcEncoding.Identity,
            Tls = PeerTls.Create(options),
            Clock = clock,
        };
        return endpoint => new GrpcPeerTransport(new GrpcChannel(endpoint.Address, channel));
    }

    /// <summary>How long running writes are waited for: what a forward may take, and a little for the answer.</summary>
    public static TimeSpan DrainTime(ReceiverOptions options) => options.Peers.ForwardTimeout + TimeSpan.FromSeconds(1);
}
