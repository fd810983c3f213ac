using Receiver.Hosting;
using Receiver.Options;
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
    NotServed.Report(options, log);
    await using var teardown = new Teardown(log);

    // 1. What can be wrong without a port being open: the rings and the bucket's configuration.
    var registry = new MetricRegistry(clock);
    ProcessMetrics.Register(registry);
    BuildInfo.Register(registry);
    var prober = new Prober(registry, loggers.CreateLogger<Prober>());
    var source = new HashringSource(options.Receive, options.Mode, registry, clock, loggers.CreateLogger<HashringSource>());
    var rings = source.Load();
    var bucket = options.IsIngestor ? OpenBucket(registry, teardown) : null;

    // 2. Tenants and their databases, of which none is opened yet, and the way of a write to them and to peers.
    var tenants = options.IsIngestor ? OpenStore(bucket, teardown) : null;
    if (tenants is not null) TenantMetrics.Register(registry, tenants);
    var writes = new WritePath(options, tenants, MemoryLimit.Resolve(options.MemoryLimitBytes), registry, clock, loggers);
    teardown.Add("closing peers", async () => await writes.DisposeAsync());

    // 3. Ports: metrics first, so that the rest can be watched.
    var metrics = new MetricsEndpoint(registry);
    var page = new StatusPage(options, prober, tenants, () => rings, options.Grpc.Address, clock);
    var pages = new RouteTable(isStrict: false, log).Add("/", page.HandleAsync).AddProbes(prober, metrics);
    await ListenAsync(teardown, Ports.HttpAsync(options.Http, loggers, pages), "requests and metrics", options.Http.GracePeriod);
    prober.Healthy();
    teardown.Add("serving no more", () => { prober.NotHealthy("shutting down"); return Task.CompletedTask; });
    var grpc = Ports.GrpcAsync(options.Grpc, loggers, Wiring.Grpc(options, tenants, writes, prober, registry, loggers));
    await ListenAsync(teardown, grpc, "StoreAPI and WritableStoreAPI gRPC", options.Grpc.GracePeriod);
    var status = new TsdbStatusEndpoint(
        () => tenants?.Open ?? [], () => writes.IsReady, options.Receive.TenantHeader, options.Receive.DefaultTenantId);
    var routes =
        new RouteTable(isStrict: true, log).AddProbes(prober, metrics).Add("GET", TsdbStatusEndpoint.Path, status.HandleAsync);
    writes.Map(routes);
    var remoteWrite = Ports.RemoteWriteAsync(options.RemoteWrite, loggers, routes);
    await ListenAsync(teardown, remoteWrite, "remote write", Wiring.DrainTime(options));

    // 4. The ring is installed, which opens the door to writes; then storage; then we are ready.
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

    // 5. Until a signal; the teardown does the rest.
    log.CaughtSignal(await signals.Exit);
    await running.CancelAsync();
    await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    async Task InstallAsync(HashringSnapshot snapshot, bool isFirst, CancellationToken stop)
    {
        rings = snapshot;
        tenants?.SetHashringLabels(snapshot.LabelsByTenant());
        await writes.SetRingsAsync(snapshot);
        // With ketama a series rarely moves, so only the first ring starts storage. Source: cmd/thanos/receive.go.
        if (storage is not null && (isFirst || !options.Receive.IsKetama)) await storage.RunAsync(stop);
        else prober.Ready();
    }
}

BucketUploads? OpenBucket(MetricRegistry registry, Teardown teardown)
{
    var bucket = BucketUploads.Create(options.Shipper, registry, clock, loggers.CreateLogger<BucketUploads>());
    if (bucket is not null) teardown.Add("closing the bucket", () => { bucket.Dispose(); return Task.CompletedTask; });
    return bucket;
}

TenantStore OpenStore(BucketUploads? bucket, Teardown teardown)
{
    try
    {
        var settings = Wiring.Tenancy(options, MemoryLimit.Resolve(options.MemoryLimitBytes));
        var tenants = new TenantStore(settings, bucket is null ? null : bucket.Start, loggers.CreateLogger<TenantStore>());
        teardown.Add("closing databases", async () => await tenants.DisposeAsync());
        teardown.Add("uploading the final cut block before exiting", () => tenants.UploadAsync(CancellationToken.None));
        teardown.Add("flushing TSDBs", () => tenants.FlushAsync(CancellationToken.None));
        return tenants;
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        throw new StartException($"create data dir in {options.Storage.Database.Directory}: {e.Message}", e);
    }
}

async Task ListenAsync(Teardown teardown, Task<Listener> creating, string what, TimeSpan grace)
{
    var listener = await creating;
    await listener.StartAsync();
    log.Listening(what, listener.BoundAddress);
    teardown.Add($"no longer listening for {what}", async () =>
    {
        await listener.StopAsync(grace);
        await listener.DisposeAsync();
    });
}
