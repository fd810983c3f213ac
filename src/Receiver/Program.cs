using Receiver.Hosting;
using Receiver.Options;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tenancy;

var arguments = Arguments.Read(args, Environment.GetEnvironmentVariable);
await Console.Out.WriteAsync(arguments.Output);
await Console.Error.WriteAsync(arguments.Error);
if (arguments.Options is not { } options) return arguments.ExitCode;

var clock = TimeProvider.System;
using var loggers = new LoggerFactory(
    [new LineLoggerProvider(options.Log, Console.Error, clock)], new LoggerFilterOptions { MinLevel = options.Log.Level });
var log = loggers.CreateLogger("Receiver.Program");
using var signals = new Signals(log);
try
{
    await RunAsync();
    log.Exiting();
    return 0;
}
catch (Exception e)
{
    log.RunUnsuccessful(e);
    return 1;
}

// Starts everything in the order below, waits for a signal, and stops everything in exactly the opposite order: each start is
// followed by its stop, which the teardown keeps for the end. A start that cannot go on throws, and what was started by then is
// stopped.
async Task RunAsync()
{
    log.Running(options.Mode.ToString(), BuildInfo.Version);
    foreach (var flag in options.Ignored) log.FlagIgnored(flag);
    if (!TenantName.IsValid(options.Receive.DefaultTenantId)) log.DefaultTenantInvalid(options.Receive.DefaultTenantId);
    log.NoCapnproto(options.Receive.CapnprotoAddress);
    await using var teardown = new Teardown(log);

    // 1. What can be wrong without a port being open: the rings and the bucket's configuration.
    var registry = new MetricRegistry(clock);
    ProcessMetrics.Register(registry);
    BuildInfo.Register(registry);
    var prober = new Prober(registry, loggers.CreateLogger<Prober>());
    var source = new HashringSource(options.Receive, options.Mode, registry, clock, loggers.CreateLogger<HashringSource>());
    var rings = source.Load();
    var bucket = options.IsIngestor
        ? BucketUploads.Create(options.Shipper, registry, clock, loggers.CreateLogger<BucketUploads>()) : null;
    if (bucket is not null) teardown.Add("closing the bucket", () => { bucket.Dispose(); return Task.CompletedTask; });

    // 2. Tenants and their databases. Nothing is opened yet but what a write asks for.
    var memoryLimit = MemoryLimit.Resolve(options.MemoryLimitBytes);
    var tenants = options.IsIngestor ? OpenStore(bucket) : null;
    if (tenants is not null)
    {
        TenantMetrics.Register(registry, tenants);
        teardown.Add("closing databases", async () => await tenants.DisposeAsync());
        teardown.Add("uploading the final cut block before exiting", () => tenants.UploadAsync(CancellationToken.None));
        teardown.Add("flushing TSDBs", () => tenants.FlushAsync(CancellationToken.None));
    }

    // 3. The path of a write: body, tenants, ring, peers and our own databases.
    var writes = new WriteMetrics(registry, options.Peers.ForwardTimeout);
    var local = tenants is null ? null : new LocalWriter(new TenantDatabases(tenants));
    var fanout = new Fanout(Wiring.Replication(options), local, Wiring.Connect(options.Peers, clock), writes, clock);
    teardown.Add("closing peers", async () => await fanout.DisposeAsync());
    var memory = new WriteMemory(memoryLimit);
    var remoteWrite = Wiring.RemoteWrite(options, memory, fanout, writes, clock, loggers);
    var forwarded = new WriteableStoreService(
        fanout, memory.Batches, memory.Budget, writes, loggers.CreateLogger<WriteableStoreService>());

    // 4. Ports: metrics first, so that the rest can be watched.
    var metrics = new MetricsEndpoint(registry);
    var page = new StatusPage(options, prober, tenants, () => rings, options.Grpc.Address, clock);
    var http = await Ports.HttpAsync(
        options.Http, loggers, new RouteTable(isStrict: false, log).Add("/", page.HandleAsync).AddProbes(prober, metrics));
    await ListenAsync(teardown, http, "requests and metrics", options.Http.GracePeriod);
    prober.Healthy();
    teardown.Add("serving no more", () => { prober.NotHealthy("shutting down"); return Task.CompletedTask; });
    var grpcServer = Wiring.Grpc(options, memoryLimit, prober, registry, () => tenants?.Open ?? [], forwarded, loggers);
    await ListenAsync(teardown, await Ports.GrpcAsync(options.Grpc, loggers, grpcServer), "StoreAPI and WritableStoreAPI gRPC",
        options.Grpc.GracePeriod);
    var routes = new RouteTable(isStrict: true, log)
        .Add("POST", RemoteWriteEndpoint.Path, remoteWrite.HandleAsync)
        .AddProbes(prober, metrics);
    await ListenAsync(teardown, await Ports.RemoteWriteAsync(options.RemoteWrite, loggers, routes), "remote write",
        Wiring.DrainTime(options));

    // 5. The ring is installed, which opens the door to writes; then storage; then we are ready.
    var storage = tenants is null ? null
        : new StorageStart(tenants, prober, registry, clock, loggers.CreateLogger<StorageStart>());
    using var running = new CancellationTokenSource();
    var started = InstallAsync(rings, isFirst: true, running.Token);
    teardown.Add("no longer watching the hashring", async () => await source.DisposeAsync());
    teardown.Add("not ready from now on", () => { prober.NotReady("shutting down"); return Task.CompletedTask; });
    await Task.WhenAny(started, signals.Exit);
    if (started.IsCompleted)
    {
        await started;
        source.Start((snapshot, stop) => InstallAsync(snapshot, isFirst: false, stop));
    }

    // 6. Until a signal; the teardown does the rest.
    log.CaughtSignal(await signals.Exit);
    await running.CancelAsync();
    await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    async Task InstallAsync(HashringSnapshot snapshot, bool isFirst, CancellationToken stop)
    {
        rings = snapshot;
        tenants?.SetHashringLabels(snapshot.LabelsByTenant());
        await fanout.SetRingsAsync(snapshot.Rings);
        // With ketama a series rarely moves, so only the first ring starts storage. Source: cmd/thanos/receive.go.
        if (storage is not null && (isFirst || !options.Receive.IsKetama)) await storage.RunAsync(stop);
        else prober.Ready();
    }
}

TenantStore OpenStore(BucketUploads? bucket)
{
    try { return new(Wiring.Tenancy(options), bucket is null ? null : bucket.Start, loggers.CreateLogger<TenantStore>()); }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        throw new StartException($"create data dir in {options.Storage.Database.Directory}: {e.Message}", e);
    }
}

async Task ListenAsync(Teardown teardown, Listener listener, string what, TimeSpan grace)
{
    await listener.StartAsync();
    log.Listening(what, listener.BoundAddress);
    teardown.Add($"no longer listening for {what}", async () =>
    {
        await listener.StopAsync(grace);
        await listener.DisposeAsync();
    });
}
