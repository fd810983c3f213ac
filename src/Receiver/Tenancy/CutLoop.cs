using System.Security.Cryptography;

namespace Receiver.Tenancy;

/// <summary>Cuts one tenant's due blocks, one look per max-block-duration, until disposed.</summary>
/// <remarks>
/// Owns one task. The first period starts after a random delay of up to a tenth of it, which staggers the tenants of a process
/// and the receivers of a cluster. Source: cmd/thanos/receive.go, pkg/receive/multitsdb.go.
/// </remarks>
internal sealed class CutLoop(Tenant tenant, TenancyOptions options, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = RunAsync(_stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var period = TimeSpan.FromMilliseconds(options.Database.MaxBlockDurationMs);
        var stagger = period * (RandomNumberGenerator.GetInt32(1_000_000) / 10_000_000d);
        await Task.Delay(stagger, options.Clock, stop);
        using var timer = new PeriodicTimer(period, options.Clock);
        while (await timer.WaitForNextTickAsync(stop)) await CutAsync(stop);
    }

    private async Task CutAsync(CancellationToken stop)
    {
        await tenant.Maintenance.WaitAsync(stop);
        try
        {
            var nowMs = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            var blocks = await MaintenanceThread.RunAsync("cut", () => tenant.Database.CutDueBlocks(nowMs));
            tenant.LastCutMs = nowMs;
            if (blocks.Count > 0) log.BlocksCut(tenant.Id, blocks.Count);
        }
        catch (Exception e) { log.CutUnsuccessful(e, tenant.Id); } // The next tick retries.
        finally { tenant.Maintenance.Release(); }
    }
}
