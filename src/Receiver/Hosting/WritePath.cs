using Receiver.Grpc;
using Receiver.Options;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>The way of a write, from either door to the databases: body, batch, ring, peers, our own tenants.</summary>
/// <remarks>Both doors share the budget of bodies and the batches. Owns the peers.</remarks>
internal sealed class WritePath : IAsyncDisposable
{
    private readonly Fanout _fanout;
    private readonly RemoteWriteEndpoint _remoteWrite;
    private readonly WriteableStoreService _writeableStore;

    /// <summary>Connects to nobody yet and refuses writes until there are rings.</summary>
    /// <exception cref="StartException">A certificate for peers cannot be used.</exception>
    public WritePath(
        ReceiverOptions options, TenantStore? tenants, long memoryLimitBytes, MetricRegistry registry, TimeProvider clock,
        ILoggerFactory loggers)
    {
        var metrics = new WriteMetrics(registry, options.Peers.ForwardTimeout);
        var local = tenants is null ? null : new LocalWriter(new TenantDatabases(tenants));
        _fanout = new(Wiring.Replication(options), local, Wiring.Connect(options.Peers, clock), metrics, clock);
        var (memory, door) = (new WriteMemory(memoryLimitBytes), Wiring.RemoteWrite(options));
        _remoteWrite = new(
            door, new BodyReader(door, memory.Budget), memory.Batches, _fanout, metrics, clock,
            loggers.CreateLogger<RemoteWriteEndpoint>());
        _writeableStore = new(_fanout, memory.Batches, memory.Budget, metrics, loggers.CreateLogger<WriteableStoreService>());
    }

    /// <summary>Adds the HTTP door.</summary>
    public void Map(RouteTable routes) => routes.Add("POST", RemoteWriteEndpoint.Path, _remoteWrite.HandleAsync);

    /// <summary>Adds the gRPC door.</summary>
    public void Map(GrpcServer server) => _writeableStore.Map(server);

    /// <summary>Whether there are rings.</summary>
    public bool IsReady => _fanout.IsReady;

    /// <summary>Takes new rings, which opens the doors the first time.</summary>
    public Task SetRingsAsync(HashringSnapshot snapshot) => _fanout.SetRingsAsync(snapshot.Rings);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _fanout.DisposeAsync();
}
