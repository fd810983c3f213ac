using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>Brings storage from "the rings changed" to "ready": flush what is open, open what is there, one upload
/// round.</summary>
/// <remarks>Source: cmd/thanos/receive.go, the TSDB manager. The upload round has a limit here, so that a dead bucket cannot
/// hold up a start.</remarks>
internal sealed class StorageStart
{
    private static readonly TimeSpan UploadLimit = TimeSpan.FromSeconds(30);
    private readonly TenantStore _tenants;
    private readonly Prober _prober;
    private readonly Counter _attempted, _completed;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    /// <summary>Registers its two counters.</summary>
    public StorageStart(TenantStore tenants, Prober prober, MetricRegistry registry, TimeProvider clock,
        ILogger<StorageStart> log)
    {
        (_tenants, _prober, _clock, _log) = (tenants, prober, clock, log);
        _attempted =
            registry.CreateCounter("thanos_receive_multi_db_updates_attempted_total",
                "Number of Multi DB attempted reloads with flush and potential upload due to hashring changes.");
        _completed =
            registry.CreateCounter("thanos_receive_multi_db_updates_completed_total",
                "Number of Multi DB completed reloads with flush and potential upload due to hashring changes.");
    }

    /// <summary>Runs the sequence; ready at its end.</summary>
    /// <exception cref="IOException">A tenant could not be flushed or opened.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        _prober.NotReady("hashring has changed; server is not ready to receive requests");
        _attempted.Inc();
        var started = _clock.GetTimestamp();
        await _tenants.FlushAsync(stop);
        await _tenants.OpenAllAsync(_log.Opening, stop);
        await UploadAsync(stop);
        _completed.Inc();
        _prober.Ready();
        _log.StorageReady(_tenants.Open.Count, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private async Task UploadAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(UploadLimit);
        try { await _tenants.UploadAsync(limited.Token); }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested) { _log.FirstUploadTooLong(UploadLimit); }
    }
}
