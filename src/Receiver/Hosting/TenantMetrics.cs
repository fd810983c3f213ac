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
        WriteReplays(writer, tenants.Replays);
        foreach (var tenant in tenants.Open)
        {
            if (!tenant.TryEnter()) continue;
            try
            {
                DatabaseMetrics.Write(writer, tenant);
                if (tenant.Uploads is ShipLoop uploads) Write(writer, uploads.Counters, tenant.Id);
            }
            finally { tenant.Exit(); }
        }
    });

    private static void WriteReplays(MetricWriter writer, ReplayWatch replays)
    {
        foreach (var (tenant, progress) in replays.Running)
        {
            var phase = ReplayWatch.Name(progress.Phase);
            writer.Gauge("receiver_replay_segments_done", "Segments or files read by the start-up of a tenant that is at work.",
                progress.SegmentsDone, ("tenant", tenant), ("phase", phase));
            writer.Gauge("receiver_replay_segments", "Segments or files that the start-up of a tenant reads in this phase.",
                progress.SegmentsTotal, ("tenant", tenant), ("phase", phase));
        }
    }

    private static void Write(MetricWriter writer, ShippingCounters counters, string tenant)
    {
        Count("dir_syncs_total", "Total number of dir syncs", counters.Syncs);
        Count("dir_sync_failures_total", "Total number of failed dir syncs", counters.SyncFailures);
        Count("uploads_total", "Total number of uploaded blocks", counters.Uploads);
        Count("upload_failures_total", "Total number of block upload failures", counters.UploadFailures);
        Count("corrupted_blocks_total", "Total number of corrupted blocks", counters.CorruptedBlocks);
        // Compacted blocks are never made here, so there is never one to upload.
        writer.Gauge("thanos_shipper_upload_compacted_done",
            "If 1 it means shipper uploaded all compacted blocks from the filesystem.", 0, ("tenant", tenant));

        void Count(string name, string help, long value) =>
            writer.Counter("thanos_shipper_" + name, help, value, ("tenant", tenant));
    }
}
