namespace Receiver.Tenancy;

/// <summary>Once a minute: retention of every tenant's blocks, and pruning of idle tenants when it is time.</summary>
/// <remarks>Owns one task. A tenant's failure is logged and does not keep the others from their turn.</remarks>
internal sealed class Housekeeping(TenantStore store, TenancyOptions options, bool hasBucket, ILogger log) : IAsyncDisposable
{
    /// <summary>
    /// Also how long a tenant is read-only before it is pruned, so that a mark is looked at again one round later.
    /// </summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly IdleTenants _idle = new(options, hasBucket, log);
    private Task _loop = Task.CompletedTask;
    private int _rounds;

    /// <summary>Rounds completed so far.</summary>
    public int Rounds => Volatile.Read(ref _rounds);

    public void Start() => _loop = RunAsync(_stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, options.Clock);
        while (await timer.WaitForNextTickAsync(stop))
        {
            var now = options.Clock.GetUtcNow();
            foreach (var tenant in store.Open)
            {
                await ApplyRetentionAsync(tenant, stop);
                await PruneAsync(tenant, now, stop);
            }
            Interlocked.Increment(ref _rounds);
        }
    }

    private async Task ApplyRetentionAsync(Tenant tenant, CancellationToken stop)
    {
        if (!tenant.TryEnter()) return;
        await tenant.Maintenance.WaitAsync(stop);
        try
        {
            // Without a bucket nothing waits for a copy; with an unreadable state file nothing is known to be copied.
            var uploaded = tenant.Uploads?.Uploaded();
            tenant.Database.ApplyRetention(ulid => !hasBucket || (uploaded?.Contains(ulid) ?? false));
        }
        catch (Exception e) { log.RetentionUnsuccessful(e, tenant.Id); }
        finally
        {
            tenant.Maintenance.Release();
            tenant.Exit();
        }
    }

    private async Task PruneAsync(Tenant tenant, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            var nowMs = now.ToUnixTimeMilliseconds();
            var lastWriteMs = tenant.LastWriteMs(nowMs);
            if (tenant.IsReadOnly)
            {
                if (await _idle.MayGoAsync(tenant, lastWriteMs, nowMs, stop)) await store.PruneAsync(tenant);
            }
            else if (_idle.IsTime(now) && _idle.IsInactive(tenant, lastWriteMs, nowMs))
            {
                tenant.MarkReadOnly();
                log.TenantMarked(tenant.Id);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested) { log.PruningUnsuccessful(e, tenant.Id); }
    }
}
