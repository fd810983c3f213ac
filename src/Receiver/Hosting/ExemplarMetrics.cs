using Receiver.Telemetry;
using Tsdb.Head.Exemplars;

namespace Receiver.Hosting;

/// <summary>Exports what a database's exemplars are, under upstream's names.</summary>
internal static class ExemplarMetrics
{
    /// <summary>Writes one tenant's series; all are there whether exemplars are kept or not.</summary>
    public static void Write(MetricWriter writer, string prefix, in ExemplarCounters counters, (string, string) label)
    {
        writer.Counter(prefix + "exemplars_appended_total", "Total number of appended exemplars.", counters.Appended, label);
        writer.Gauge(prefix + "exemplars_in_storage", "Number of exemplars currently in circular storage.", counters.Count,
            label);
        writer.Gauge(prefix + "series_with_exemplars_in_storage",
            "Number of series with exemplars currently in circular storage.", counters.SeriesCount, label);
        writer.Gauge(prefix + "last_exemplars_timestamp_seconds", "The timestamp of the oldest exemplar stored in circular "
            + "storage. Useful to check for what time range the current exemplar buffer limit allows.",
            counters.NextOverwrittenMs / 1000.0, label);
        writer.Gauge(prefix + "max_exemplars", "Total number of exemplars the storage can store.", counters.Capacity, label);
        writer.Counter(prefix + "out_of_order_exemplars_total",
            "Total number of out of order exemplar ingestion failed attempts.", counters.OutOfOrder, label);
    }
}
