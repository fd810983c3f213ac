using System.Buffers;
using Receiver.Grpc;
using Receiver.Options;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>Translates the options of the command line into those of each part.</summary>
internal static class Wiring
{
    // As many as requests are likely to be in memory at once; a batch is a few hundred KiB.
    private const int BatchesKept = 64;

    /// <summary>What tenants need.</summary>
    public static TenancyOptions Tenancy(ReceiverOptions options) => new()
    {
        Database = options.Storage.Database,
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
    public static RemoteWriteEndpoint RemoteWrite(
        ReceiverOptions options, long memoryLimitBytes, IWriteSink sink, WriteMetrics metrics, TimeProvider clock,
        ILoggerFactory loggers)
    {
        var door = new RemoteWrite.RemoteWriteOptions
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
        var bodies = new BodyReader(door, new BodyBudget(MemoryLimit.ForBodies(memoryLimitBytes)));
        return new(door, bodies, new BatchPool(BatchesKept), sink, metrics, clock, loggers.CreateLogger<RemoteWriteEndpoint>());
    }

    /// <summary>The gRPC services: health follows the prober.</summary>
    public static GrpcServer Grpc(ReceiverOptions options, long memoryLimitBytes, Prober prober, MetricRegistry registry,
        ILoggerFactory loggers)
    {
        var server = new GrpcServer(
            new() { BufferedBytesMax = MemoryLimit.ForMessages(memoryLimitBytes) }, new GrpcMetrics(registry),
            loggers.CreateLogger<GrpcServer>());
        server.AnnounceMetrics();
        var health = new HealthService();
        health.Map(server);
        prober.ReadyChanged += health.SetServing;
        ReflectionService.Map(server);
        return server;
    }

    /// <summary>How a peer is reached.</summary>
    public static Func<Hashring.Endpoint, IPeerTransport> Connect(PeerOptions options, TimeProvider clock) =>
        endpoint => new NoTransport();

    /// <summary>How long running writes are waited for: what a forward may take, and a little for the answer.</summary>
    public static TimeSpan DrainTime(ReceiverOptions options) => options.Peers.ForwardTimeout + TimeSpan.FromSeconds(1);

    private sealed class NoTransport : IPeerTransport
    {
        public ValueTask<PeerAnswer> SendAsync(ReadOnlySequence<byte> message, TimeSpan timeout, CancellationToken stop) =>
            new(new PeerAnswer(WriteOutcome.Unavailable, "no transport"));

        public void Dispose()
        {
        }
    }
}
