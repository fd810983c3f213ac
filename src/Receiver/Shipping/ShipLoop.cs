using Receiver.Tenancy;

namespace Receiver.Shipping;

/// <summary>Ships one tenant's blocks: a pass at once, then one per interval, and whenever asked, until disposed.</summary>
/// <remarks>
/// Owns one task and the shipper. Disposal cancels the pass in flight and waits for it: no upload outlives the loop.
/// </remarks>
public sealed class ShipLoop(string tenantId, Shipper shipper, ShippingOptions options, ILogger log) : IBlockUploads
{
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>What the shipper has done so far.</summary>
    public ShippingCounters Counters => shipper.Counters;

    /// <summary>Begins; call it once.</summary>
    public void Start() => _loop = RunAsync(_stop.Token);

    /// <inheritdoc/>
    public async Task SyncAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _stop.Token);
        await shipper.SyncAsync(either.Token);
    }

    /// <inheritdoc/>
    public IReadOnlySet<string>? Uploaded() => shipper.Uploaded();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await shipper.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield(); // The opener does not wait for the first pass.
        using var timer = new PeriodicTimer(options.Interval, options.Clock);
        do await PassAsync(stop);
        while (await timer.WaitForNextTickAsync(stop));
    }

    private async Task PassAsync(CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        try { await shipper.SyncAsync(either.Token); }
        // The next pass retries.
        catch (Exception e) when (!stop.IsCancellationRequested) { log.PassUnsuccessful(e, tenantId, options.Interval); }
    }
}
