using Receiver.Telemetry;

namespace Receiver.StoreApi;

/// <summary>Upstream's metrics of the read side.</summary>
public sealed class StoreApiMetrics
{
    private readonly Histogram _series;
    private readonly Histogram _chunks;
    private readonly Gauge _pending;
    private readonly Counter _dropped;
    private readonly Counter _empty;
    private int _running;

    /// <summary>Creates the instruments.</summary>
    public StoreApiMetrics(MetricRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        _series = registry.CreateHistogram("thanos_store_server_series_requested",
            "Number of requested series for Series calls", [1, 10, 100, 1e3, 1e4, 1e5, 1e6]);
        _chunks = registry.CreateHistogram("thanos_store_server_chunks_requested",
            "Number of requested chunks for Series calls", [1, 100, 1e3, 1e4, 1e5, 1e7, 1e8, 1e9]);
        _pending = registry.CreateGauge("thanos_store_server_pending_series_requests", "Number of pending series requests");
        _dropped = registry.CreateCounter("thanos_store_selects_dropped_total", "Number of select queries that were dropped.",
            "reason");
        _empty = registry.CreateCounter("thanos_proxy_store_empty_stream_responses_total",
            "Total number of empty responses received.");
    }

    /// <summary>A Series call began.</summary>
    internal void SeriesCallStarted() => _pending.Set(Interlocked.Increment(ref _running));

    /// <summary>A Series call ended after so many messages and chunks.</summary>
    internal void SeriesCallEnded(long series, long chunks)
    {
        _pending.Set(Interlocked.Decrement(ref _running));
        _series.Observe(series);
        _chunks.Observe(chunks);
    }

    /// <summary>A Series call hit a limit, "series" or "chunks".</summary>
    internal void SelectDropped(string reason) => _dropped.WithLabels(reason).Inc();

    /// <summary>A tenant had nothing.</summary>
    internal void EmptyStream() => _empty.Inc();
}
