using Receiver.Shipping;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>Exports what each open tenant's database and shipper count, with the label <c>tenant</c>.</summary>
internal static class TenantMetrics
{
    /// <summary>Adds the collector.</summary>
    public static void Register(MetricRegistry registry, TenantStore tenants) => registry.AddCollector(writer =>
    {
        foreach (var tenant in tenants.Open)
        {
            if (!tenant.TryEnter()) continue;
            try { Write(writer, tenant); }
            finally { tenant.Exit(); }
        }
    });

    private static void Write(MetricWriter writer, Tenant tenant)
    {
        ReadOnlySpan<(string, string)> label = [("tenant", tenant.Id)];
        var database = tenant.Database;
        writer.Gauge("prometheus_tsdb_head_series", "Total number of series in the head block.", database.SeriesCount, label);
        writer.Gauge("prometheus_tsdb_head_min_time",
            "Minimum time bound of the head block. The unit is decided by the library consumer.", database.HeadMinTimeMs, label);
        writer.Gauge("prometheus_tsdb_head_max_time",
            "Maximum timestamp of the head block. The unit is decided by the library consumer.", database.HeadMaxTimeMs, label);
        writer.Gauge("prometheus_tsdb_lowest_timestamp",
            "Lowest timestamp value stored in the database. The unit is decided by the library consumer.",
            database.MinTimeMs, label);
        if (tenant.Uploads is ShipLoop uploads) Write(writer, uploads.Counters, label);
    }

    private static void Write(MetricWriter writer, ShippingCounters counters, ReadOnlySpan<(string, string)> label)
    {
        writer.Counter("thanos_shipper_dir_syncs_total", "Total number of dir syncs", counters.Syncs, label);
        writer.Counter("thanos_shipper_dir_sync_failures_total", "Total number of failed dir syncs",
            counters.SyncFailures, label);
        writer.Counter("thanos_shipper_uploads_total", "Total number of uploaded blocks", counters.Uploads, label);
        writer.Counter("thanos_shipper_upload_failures_total", "Total number of block upload failures",
            counters.UploadFailures, label);
        writer.Counter("thanos_shipper_corrupted_blocks_total", "Total number of corrupted blocks",
            counters.CorruptedBlocks, label);
        // Compacted blocks are never made here, so there is never one to upload.
        writer.Gauge("thanos_shipper_upload_compacted_done",
            "If 1 it means shipper uploaded all compacted blocks from the filesystem.", 0, label);
    }
}
