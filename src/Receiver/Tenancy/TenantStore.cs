using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tsdb;
using Tsdb.Labels;

namespace Receiver.Tenancy;

/// <summary>Every tenant of this process: finds, opens, maintains and closes them.</summary>
/// <remarks>
/// Thread-safe. Opening is single-flight per tenant and never blocks another tenant. Owns the tenants, their timers and uploads:
/// disposal stops them and closes the databases, without flushing (call <see cref="FlushAsync(CancellationToken)"/> and
/// <see cref="UploadAsync"/> first).
/// </remarks>
public sealed class TenantStore : IAsyncDisposable
{
    private const UnixFileMode DataMode = (UnixFileMode)0b111_101_101; // 0755, as upstream makes it.
    private const UnixFileMode DefaultTenantMode = (UnixFileMode)0b111_101_000; // 0750, as upstream makes it.
    // Servers have stopped by then: only a stuck reader is left.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(30);

    private readonly TenancyOptions _options;
    private readonly Func<Tenant, IBlockUploads>? _uploads;
    private readonly Func<DatabaseOptions, Database> _openDatabase;
    private readonly ILogger _log;
    private readonly Housekeeping _housekeeping;
    private readonly ConcurrentDictionary<string, Tenant> _open = new(StringComparer.Ordinal);
    // Guards the fields below and additions to and removals from _open; taken before a tenant's.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<Tenant>> _opening = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _pruning = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, LabelSet> _hashringLabels = new Dictionary<string, LabelSet>();
    private Tenant[]? _snapshot;
    private bool _disposed;

    /// <summary>
    /// Creates the data directory and the default tenant's, opens nothing yet, and starts the minute's housekeeping.
    /// </summary>
    /// <param name="options">Where tenants live.</param>
    /// <param name="uploads">Makes and starts a tenant's uploads once it is open; null without a bucket.</param>
    /// <param name="log">Where events are told.</param>
    /// <exception cref="IOException">A directory cannot be created.</exception>
    public TenantStore(TenancyOptions options, Func<Tenant, IBlockUploads>? uploads, ILogger<TenantStore> log)
        : this(options, uploads, Database.Open, log)
    {
    }

    /// <summary>The same with another way to open a database: slow or failing ones in tests.</summary>
    internal TenantStore(
        TenancyOptions options, Func<Tenant, IBlockUploads>? uploads, Func<DatabaseOptions, Database> open, ILogger log)
    {
        (_options, _uploads, _openDatabase, _log) = (options, uploads, open, log);
        Directory.CreateDirectory(options.DataDirectory, DataMode);
        Directory.CreateDirectory(Path.Combine(options.DataDirectory, options.DefaultTenantId), DefaultTenantMode);
        _housekeeping = new Housekeeping(this, options, hasBucket: uploads is not null, log);
        _housekeeping.Start();
    }

    /// <summary>Minutes of housekeeping done, so that a test can wait for one.</summary>
    internal int HousekeepingRounds => _housekeeping.Rounds;

    /// <summary>How far the databases are that are being opened.</summary>
    public ReplayWatch Replays { get; } = new();

    /// <summary>The tenants that are open at this moment, in no order; a snapshot that never changes.</summary>
    public IReadOnlyList<Tenant> Open
    {
        get
        {
            if (Volatile.Read(ref _snapshot) is { } snapshot) return snapshot;
            lock (_gate) return _snapshot ??= [.. _open.Values];
        }
    }

    /// <summary>The tenant for a write, opened or created when needed. Ends its read-only state.</summary>
    /// <param name="tenantId">A name for which <see cref="TenantName.IsValid(string)"/> holds.</param>
    /// <param name="stop">Ends the waiting; the opening goes on for others.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="IOException">The database cannot be opened. The tenant is forgotten: the next write tries
    /// again.</exception>
    public ValueTask<Tenant> GetOrOpenAsync(string tenantId, CancellationToken stop) =>
        _open.TryGetValue(tenantId, out var tenant) && tenant.TryBeginWrite()
            ? ValueTask.FromResult(tenant)
            : new ValueTask<Tenant>(OpenAsync(tenantId, forWrite: true, stop));

    /// <summary>An open tenant for reading; false when it is unknown, being opened or being closed.</summary>
    public bool TryGet(string tenantId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Tenant? tenant) =>
        _open.TryGetValue(tenantId, out tenant);

    /// <summary>Opens every directory under the data directory but "lost+found", several at a time.</summary>
    /// <exception cref="IOException">One could not be opened; the others were tried nevertheless.</exception>
    public Task OpenAllAsync(CancellationToken stop) => OpenAllAsync(static (_, _) => { }, stop);

    /// <inheritdoc cref="OpenAllAsync(CancellationToken)"/>
    /// <param name="progress">Told after each tenant: how many of how many are open. Called from several threads.</param>
    /// <param name="stop">Ends the waiting between tenants.</param>
    public async Task OpenAllAsync(Action<int, int> progress, CancellationToken stop)
    {
        var names = new List<string>();
        foreach (var path in Directory.EnumerateDirectories(_options.DataDirectory))
        {
            var name = Path.GetFileName(path);
            if (name != "lost+found" && TenantName.IsValid(name)) names.Add(name);
        }
        var opened = 0;
        await ForEachAsync(names, async name =>
        {
            await OpenAsync(name, forWrite: false, stop);
            progress(Interlocked.Increment(ref opened), names.Count);
        }, stop);
    }

    /// <summary>Cuts everything but the newest timestamp of every open tenant into blocks, several tenants at a time.</summary>
    /// <exception cref="IOException">A head could not be written; the other tenants were flushed nevertheless.</exception>
    public Task FlushAsync(CancellationToken stop) => ForEachAsync(Open, tenant => FlushAsync(tenant, stop), stop);

    /// <summary>
    /// One upload pass of every open tenant, several at a time; nothing without a bucket. Failures are only logged.
    /// </summary>
    public Task UploadAsync(CancellationToken stop) => ForEachAsync(Open, async tenant =>
    {
        if (tenant.Uploads is not { } uploads) return;
        try { await uploads.SyncAsync(stop); }
        catch (Exception e) when (!stop.IsCancellationRequested) { _log.UploadUnsuccessful(e, tenant.Id); }
    }, stop);

    /// <summary>Takes the external labels of a new hashring.</summary>
    /// <param name="byTenant">For each literally listed tenant the labels of the first ring that lists it, possibly none.</param>
    /// <remarks>
    /// An open tenant that is no longer listed keeps what it had, as upstream does: its blocks go on looking the same.
    /// </remarks>
    public void SetHashringLabels(IReadOnlyDictionary<string, LabelSet> byTenant)
    {
        lock (_gate)
        {
            _hashringLabels = byTenant;
            foreach (var (id, labels) in byTenant)
            {
                if (_open.TryGetValue(id, out var tenant)) tenant.ExternalLabels = ExternalLabels.For(_options, id, labels);
            }
        }
    }

    /// <summary>Stops housekeeping, timers and uploads, then closes every database. Nothing is flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] pending;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            pending = [.. _opening.Values, .. _pruning.Values];
        }
        await _housekeeping.DisposeAsync();
        await Task.WhenAll(pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ForEachAsync([.. _open.Values], async tenant =>
        {
            try { await CloseAsync(tenant); }
            catch (Exception e) { _log.CloseUnsuccessful(e, tenant.Id); } // The others are closed nevertheless.
        }, CancellationToken.None);
    }

    /// <summary>
    /// Closes and deletes a tenant that is still marked read-only; a write meanwhile waits and then starts it afresh.
    /// </summary>
    internal async Task PruneAsync(Tenant tenant)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_disposed || !tenant.TryCloseIdle()) return;
            _pruning[tenant.Id] = done.Task;
            _open.TryRemove(tenant.Id, out _);
            _snapshot = null;
        }
        try
        {
            await CloseAsync(tenant);
            Directory.Delete(tenant.DirectoryPath, recursive: true);
            _log.TenantPruned(tenant.Id);
        }
        finally
        {
            lock (_gate) _pruning.Remove(tenant.Id);
            done.SetResult();
        }
    }

    /// <summary>Flushes one tenant.</summary>
    internal static async Task FlushAsync(Tenant tenant, CancellationToken stop)
    {
        await tenant.Maintenance.WaitAsync(stop);
        try { tenant.Database.Flush(); }
        finally { tenant.Maintenance.Release(); }
    }

    private async Task CloseAsync(Tenant tenant)
    {
        await tenant.CloseAsync().WaitAsync(CloseTimeout, _options.Clock);
        if (tenant.Cutting is { } cutting) await cutting.DisposeAsync();
        if (tenant.Uploads is { } uploads) await uploads.DisposeAsync();
        await tenant.Maintenance.WaitAsync(CancellationToken.None);
        tenant.Database.Dispose();
    }

    private async Task<Tenant> OpenAsync(string id, bool forWrite, CancellationToken stop)
    {
        if (!TenantName.IsValid(id)) throw new ArgumentException(TenantName.NotValid, nameof(id));
        while (true)
        {
            Task<Tenant>? opening = null;
            Task? pruning;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_open.TryGetValue(id, out var open) && (!forWrite || open.TryBeginWrite())) return open;
                if (!_pruning.TryGetValue(id, out pruning) && !_opening.TryGetValue(id, out opening))
                    _opening[id] = opening = Task.Run(() => OpenNew(id), CancellationToken.None);
            }
            if (opening is null)
            {
                await pruning!.WaitAsync(stop);
                continue;
            }
            var tenant = await opening.WaitAsync(stop);
            if (!forWrite || tenant.TryBeginWrite()) return tenant;
        }
    }

    private Tenant OpenNew(string id)
    {
        var started = _options.Clock.GetTimestamp();
        try
        {
            var database = _openDatabase(_options.Database with
            {
                Directory = Path.Combine(_options.DataDirectory, id),
                Log = text => _log.DatabaseSays(id, text),
                ReplayProgress = progress => Replays.Set(id, progress),
            });
            var tenant = Adopt(id, database);
            _log.TenantOpened(id, (long)_options.Clock.GetElapsedTime(started).TotalMilliseconds);
            return tenant;
        }
        catch (Exception e)
        {
            Replays.Forget(id);
            lock (_gate) _opening.Remove(id);
            _log.TenantNotOpened(e, id);
            throw;
        }
    }

    private Tenant Adopt(string id, Database database)
    {
        Tenant tenant;
        lock (_gate)
        {
            var labels = ExternalLabels.For(_options, id, _hashringLabels.GetValueOrDefault(id, LabelSet.Empty));
            tenant = new Tenant(id, database, labels);
            tenant.Cutting = new CutLoop(tenant, _options, _log);
            tenant.Uploads = _uploads?.Invoke(tenant);
            tenant.Cutting.Start();
            _open[id] = tenant;
            _opening.Remove(id);
            _snapshot = null;
        }
        return tenant;
    }

    /// <summary>
    /// Runs an action for each item, as many at a time as there are processors; all are tried before failures are thrown.
    /// </summary>
    private static async Task ForEachAsync<T>(IReadOnlyList<T> items, Func<T, Task> action, CancellationToken stop)
    {
        var failures = new ConcurrentQueue<Exception>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop };
        await Parallel.ForEachAsync(items, parallel, async (item, _) =>
        {
            try { await action(item); }
            catch (Exception e) when (!stop.IsCancellationRequested) { failures.Enqueue(e); }
        });
        if (failures.Count == 1 && failures.TryPeek(out var only)) ExceptionDispatchInfo.Throw(only);
        if (!failures.IsEmpty) throw new AggregateException(failures);
    }
}
