using Receiver.Telemetry;

namespace Receiver.RemoteWrite;

/// <summary>Every number that the write path exports, under upstream's names.</summary>
/// <remarks>Label children are looked up per request, never per sample. A conflict counts neither as success nor as
/// error.</remarks>
public sealed class WriteMetrics
{
    private readonly Counter _requests;
    private readonly Histogram _seconds;
    private readonly Histogram _requestBytes;
    private readonly Histogram _responseBytes;
    private readonly Gauge _inflight;
    private readonly Histogram _timeseries;
    private readonly Histogram _samples;
    private readonly Gauge _pending;
    private readonly Gauge _replicationFactor;
    private readonly Histogram _forwardDelay;
    private readonly Counter.Child _forwarded;
    private readonly Counter.Child _forwardErrors;
    private readonly Counter.Child _replicated;
    private readonly Counter.Child _replicationErrors;

    /// <summary>Registers everything.</summary>
    /// <param name="registry">Where.</param>
    /// <param name="forwardTimeout">Its seconds end the buckets of the request durations.</param>
    public WriteMetrics(MetricRegistry registry, TimeSpan forwardTimeout)
    {
        string[] labels = ["code", "handler", "method", "tenant"];
        var sizes = Histogram.ExponentialBuckets(64, 2, 10); // 64 B to 32 KiB, upstream's.
        _requests = registry.CreateCounter("http_requests_total", "Tracks the number of HTTP requests.", labels);
        _seconds = registry.CreateHistogram(
            "http_request_duration_seconds", "Tracks the latencies for HTTP requests.", DurationBuckets(forwardTimeout), labels);
        _requestBytes = registry.CreateHistogram("http_request_size_bytes", "Tracks the size of HTTP requests.", sizes, labels);
        _responseBytes = registry.CreateHistogram(
            "http_response_size_bytes", "Tracks the size of HTTP responses.", sizes, labels);
        _inflight = registry.CreateGauge(
            "http_inflight_requests", "Current number of HTTP requests the handler is responding to.",
            "handler", "method", "tenant");
        double[] counts = [10, 50, 100, 500, 1000, 5000, 10000];
        _timeseries = registry.CreateHistogram(
            "thanos_receive_write_timeseries", "The number of timeseries received in the incoming write requests.",
            counts, "code", "tenant");
        _samples = registry.CreateHistogram(
            "thanos_receive_write_samples", "The number of samples received in the incoming write requests.",
            counts, "code", "tenant");
        _pending = registry.CreateGauge(
            "thanos_receive_pending_write_requests", "The number of write requests of other receivers that run now.");
        _replicationFactor = registry.CreateGauge(
            "thanos_receive_replication_factor", "The number of times to replicate incoming write requests.");
        _forwardDelay = registry.CreateHistogram(
            "thanos_receive_forward_delay_seconds", "The time a group of series waited for a worker of its peer.",
            Histogram.ExponentialBuckets(0.001, 2, 16), "worker");
        var forwards = registry.CreateCounter(
            "thanos_receive_forward_requests_total", "The number of forward requests.", "result");
        (_forwarded, _forwardErrors) = (forwards.WithLabels("success"), forwards.WithLabels("error"));
        var replications = registry.CreateCounter(
            "thanos_receive_replications_total", "The number of replication operations done by the receiver.", "result");
        (_replicated, _replicationErrors) = (replications.WithLabels("success"), replications.WithLabels("error"));
    }

    /// <summary>A request to a handler begins.</summary>
    public void RequestStarted(string handler, string method, string tenant) =>
        _inflight.WithLabels(handler, method, tenant).Inc();

    /// <summary>A request to a handler was answered.</summary>
    public void RequestEnded(
        string handler, string method, string tenant, int status, TimeSpan duration, long requestBytes, long responseBytes)
    {
        _inflight.WithLabels(handler, method, tenant).Dec();
        var code = StatusText(status);
        var lower = method == "POST" ? "post" : method.ToLowerInvariant();
        _requests.WithLabels(code, handler, lower, tenant).Inc();
        _seconds.WithLabels(code, handler, lower, tenant).Observe(duration.TotalSeconds);
        _requestBytes.WithLabels(code, handler, lower, tenant).Observe(requestBytes);
        _responseBytes.WithLabels(code, handler, lower, tenant).Observe(responseBytes);
    }

    /// <summary>A tenant's share of a request that reached distribution.</summary>
    public void Written(string tenant, int status, int timeseries, int samples)
    {
        var code = StatusText(status);
        _timeseries.WithLabels(code, tenant).Observe(timeseries);
        _samples.WithLabels(code, tenant).Observe(samples);
    }

    /// <summary>One group reached its end, here or at a peer.</summary>
    /// <param name="outcome">What became of it; a conflict is neither success nor error.</param>
    /// <param name="isReplication">False when the request came replicated already.</param>
    public void GroupEnded(WriteOutcome outcome, bool isReplication)
    {
        if (outcome == WriteOutcome.Conflict) return;
        var stored = outcome == WriteOutcome.Stored;
        (stored ? _forwarded : _forwardErrors).Inc();
        if (isReplication) (stored ? _replicated : _replicationErrors).Inc();
    }

    /// <summary>How long a group waited for a worker.</summary>
    public void ForwardDelayed(string worker, TimeSpan delay) => _forwardDelay.WithLabels(worker).Observe(delay.TotalSeconds);

    /// <summary>Forgets a peer that left the ring.</summary>
    public void PeerClosed(string worker) => _forwardDelay.Remove(worker);

    /// <summary>A call of another receiver begins (1) or ends (-1).</summary>
    public void PendingChanged(int change) => _pending.Inc(change);

    /// <summary>The replication factor in force.</summary>
    public void SetReplicationFactor(int factor) => _replicationFactor.Set(Math.Max(1, factor));

    private static double[] DurationBuckets(TimeSpan forwardTimeout)
    {
        List<double> bounds = [.001, .005, .01, .02, .03, .04, .05, .06, .07, .08, .09, .1, .25, .5, .75, 1, 2, 3, 4, 5];
        for (var bound = 7d; bound < forwardTimeout.TotalSeconds; bound += 2) bounds.Add(bound);
        if (forwardTimeout.TotalSeconds > bounds[^1]) bounds.Add(forwardTimeout.TotalSeconds);
        return [.. bounds];
    }

    private static string StatusText(int status) => status switch
    {
        200 => "200",
        409 => "409",
        503 => "503",
        _ => status.ToString(provider: null),
    };
}
