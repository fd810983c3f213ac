using Hashring;
using Receiver.Telemetry;

namespace Receiver.Hosting;

/// <summary>What is exported about the hashring file; these families exist only with --receive.hashrings-file.</summary>
internal sealed class HashringMetrics(MetricRegistry registry)
{
    private readonly Gauge _hash =
        registry.CreateGauge("thanos_receive_config_hash", "Hash of the currently loaded hashring configuration file.");
    private readonly Gauge _isGood = registry.CreateGauge(
        "thanos_receive_config_last_reload_successful",
        "Whether the last hashring configuration file reload attempt was successful.");

    private readonly Gauge _time = registry.CreateGauge(
        "thanos_receive_config_last_reload_success_timestamp_seconds",
        "Timestamp of the last successful hashring configuration file reload.");

    private readonly Counter _changes = registry.CreateCounter(
        "thanos_receive_hashrings_file_changes_total", "The number of times the hashrings configuration file has changed.");

    private readonly Counter _errors = registry.CreateCounter(
        "thanos_receive_hashrings_file_errors_total", "The number of errors watching the hashrings configuration file.");

    private readonly Counter _refreshes = registry.CreateCounter(
        "thanos_receive_hashrings_file_refreshes_total", "The number of refreshes of the hashrings configuration file.");

    private readonly Gauge _nodes =
        registry.CreateGauge("thanos_receive_hashring_nodes", "The number of nodes per hashring.", "name");
    private readonly Gauge _tenants =
        registry.CreateGauge("thanos_receive_hashring_tenants", "The number of tenants per hashring.", "name");

    /// <summary>The file is about to be read.</summary>
    public void Attempt() => _refreshes.Inc();

    /// <summary>It could not be used. Unlike upstream the success gauge falls: the alert on it is there for this.</summary>
    public void Refused()
    {
        _errors.Inc();
        _isGood.Set(0);
    }

    /// <summary>Its bytes are those in use.</summary>
    public void Unchanged() => _isGood.Set(1);

    /// <summary>New rings are in use.</summary>
    public void Changed(double contentHash, DateTimeOffset now, IReadOnlyList<HashringConfig> rings)
    {
        _changes.Inc();
        _hash.Set(contentHash);
        _isGood.Set(1);
        _time.Set(now.ToUnixTimeMilliseconds() / 1000.0);
        _nodes.Clear();
        _tenants.Clear();
        foreach (var ring in rings)
        {
            _nodes.WithLabels(ring.Name).Set(ring.Endpoints.Count);
            _tenants.WithLabels(ring.Name).Set(ring.Tenants.Count);
        }
    }
}
