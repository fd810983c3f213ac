using Receiver.Telemetry;

namespace Receiver.Hosting;

/// <summary>Whether the process is alive and whether it should get traffic: for HTTP probes, gRPC health and
/// <c>thanos_status</c> alike.</summary>
/// <remarks>Thread-safe. Starts neither healthy nor ready. Source: pkg/prober.</remarks>
public sealed class Prober
{
    private readonly Gauge.Child _readyGauge, _healthyGauge;
    private readonly ILogger _log;
    private readonly Lock _gate = new(); // Guards changes and their order towards listeners.
    private volatile bool _isReady, _isHealthy;

    /// <summary>Registers <c>thanos_status</c> with both checks at 0.</summary>
    public Prober(MetricRegistry registry, ILogger<Prober> log)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var status =
            registry.CreateGauge("thanos_status",
                "Represents status (0 indicates failure, 1 indicates success) of the component.", "component", "check");
        (_readyGauge, _healthyGauge) = (status.WithLabels("receive", "ready"), status.WithLabels("receive", "healthy"));
        _log = log;
    }

    /// <summary>Told of every change of <see cref="IsReady"/>, in order, one at a time.</summary>
    public event Action<bool>? ReadyChanged;

    /// <summary>Whether the process should get traffic.</summary>
    public bool IsReady => _isReady;

    /// <summary>Whether the process serves at all.</summary>
    public bool IsHealthy => _isHealthy;

    /// <summary>Ready from now on.</summary>
    public void Ready() => SetReady(true, "");

    /// <summary>Not ready, with the reason for the log.</summary>
    public void NotReady(string reason) => SetReady(false, reason);

    /// <summary>Healthy from now on.</summary>
    public void Healthy()
    {
        lock (_gate)
        {
            if (!_isHealthy) _log.ProbeChanged("healthy");
            _isHealthy = true;
            _healthyGauge.Set(1);
        }
    }

    /// <summary>Not healthy any more; the last thing that is said before the end.</summary>
    public void NotHealthy(string reason)
    {
        lock (_gate)
        {
            if (_isHealthy) _log.ProbeLowered("not-healthy", reason);
            _isHealthy = false;
            _healthyGauge.Set(0);
        }
    }

    private void SetReady(bool isReady, string reason)
    {
        lock (_gate)
        {
            if (_isReady == isReady) return;
            _isReady = isReady;
            _readyGauge.Set(isReady ? 1 : 0);
            if (isReady) _log.ProbeChanged("ready");
            else _log.ProbeLowered("not-ready", reason);
            ReadyChanged?.Invoke(isReady);
        }
    }
}
