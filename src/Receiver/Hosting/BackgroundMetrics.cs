using Receiver.Telemetry;
using Tsdb.Counters;

namespace Receiver.Hosting;

/// <summary>Exports what a database does behind its appends, under upstream's names.</summary>
internal static class BackgroundMetrics
{
    private const string Prefix = "prometheus_tsdb_";

    /// <summary>Writes one tenant's series.</summary>
    public static void Write(MetricWriter writer, BackgroundWork work, (string, string) label)
    {
        WriteCounts(writer, work, label);
        Histogram("compaction_duration_seconds", "Duration of compaction runs", work.CompactionSeconds);
        Histogram("compaction_chunk_size_bytes", "Final size of chunks on their first compaction", work.ChunkBytes);
        Histogram("compaction_chunk_samples", "Final number of samples on their first compaction", work.ChunkSamples);
        Histogram("compaction_chunk_range_seconds", "Final time range of chunks on their first compaction, in milliseconds",
            work.ChunkRangeMs);
        Histogram("tombstone_cleanup_seconds", "The time taken to recompact blocks to remove tombstones.",
            work.TombstoneCleanupSeconds);
        Summary("head_gc_duration_seconds", "Runtime of garbage collection in the head block.", work.Collections);
        Summary("wal_truncate_duration_seconds", "Duration of WAL truncation.", work.LogTruncations);

        void Histogram(string name, string help, Observations seen) =>
            writer.Histogram(Prefix + name, help, seen.Bounds, seen.Counts, seen.Sum, label);
        void Summary(string name, string help, Durations seen) =>
            writer.Summary(Prefix + name, help, [], [], seen.Count, seen.Seconds, label);
    }

    private static void WriteCounts(MetricWriter writer, BackgroundWork work, (string, string) label)
    {
        Count("compactions_triggered_total", "Total number of triggered compactions for the partition.", work.Passes);
        Count("compactions_skipped_total", "Total number of skipped compactions due to disabled auto compaction.", work.Passes);
        Count("compactions_total", "Total number of compactions that were executed for the partition.", work.Compactions);
        Count("compactions_failed_total", "Total number of compactions that failed for the partition.", work.CompactionsFailed);
        // Blocks that overlap are left to the bucket's compactor.
        Count("vertical_compactions_total", "Total number of compactions done on overlapping blocks.", 0);
        Count("reloads_total", "Number of times the database reloaded block data from disk.", work.Reloads);
        Count("reloads_failures_total", "Number of times the database failed to reload block data from disk.",
            work.ReloadsFailed);
        Count("time_retentions_total", "The number of times that blocks were deleted because of the maximum time limit.",
            work.TimeRetentions);
        Count("size_retentions_total", "The number of times that blocks were deleted because of the maximum bytes.", 0);
        Count("checkpoint_creations_total", "Total number of checkpoint creations attempted.", work.CheckpointsCreated);
        Count("checkpoint_creations_failed_total", "Total number of checkpoint creations that failed.", work.CheckpointsFailed);
        Count("checkpoint_deletions_total", "Total number of checkpoint deletions attempted.", work.CheckpointDeletions);
        Count("checkpoint_deletions_failed_total", "Total number of checkpoint deletions that failed.",
            work.CheckpointDeletionsFailed);
        writer.Gauge(Prefix + "compaction_populating_block", "Set to 1 when a block is currently being written to the disk.",
            work.IsPopulating, label);

        void Count(string name, string help, long value) => writer.Counter(Prefix + name, help, value, label);
    }
}
