using Receiver.Telemetry;
using Tsdb.Wal;

namespace Receiver.Hosting;

/// <summary>Exports what a write-ahead log counted, under upstream's names.</summary>
internal static class LogMetrics
{
    private static readonly double[] FsyncRanks = [0.5, 0.9, 0.99];

    /// <summary>Writes one log's series.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="prefix">Start of the names, up to and with the underscore.</param>
    /// <param name="log">What was counted.</param>
    /// <param name="sizeBytes">Bytes on disk.</param>
    /// <param name="label">The tenant.</param>
    public static void Write(MetricWriter writer, string prefix, WalCounters log, long sizeBytes, (string, string) label)
    {
        Count("page_flushes_total", "Total number of page flushes.", log.PageFlushes);
        Count("completed_pages_total", "Total number of completed pages.", log.CompletedPages);
        Count("record_part_writes_total", "Total number of record parts written before flushing.", log.RecordPartsWritten);
        Count("record_parts_bytes_written_total", "Total number of record part bytes written before flushing.",
            log.RecordPartBytesWritten);
        Count("truncations_total", "Total number of write log truncations attempted.", log.Truncations);
        Count("truncations_failed_total", "Total number of write log truncations that failed.", log.TruncationsFailed);
        Count("writes_failed_total", "Total number of write log writes that failed.", log.WritesFailed);
        writer.Counter(prefix + "record_bytes_saved_total", "Total number of bytes saved by the optional record compression.",
            log.BytesSavedByCompression, label, ("compression", "snappy"));
        writer.Gauge(prefix + "segment_current", "Write log segment index that TSDB is currently writing to.",
            log.CurrentSegment, label);
        writer.Gauge(prefix + "storage_size_bytes", "Size of the write log directory.", sizeBytes, label);
        Span<double> values = stackalloc double[FsyncRanks.Length];
        log.Fsyncs.Quantiles(FsyncRanks, values);
        writer.Summary(prefix + "fsync_duration_seconds", "Duration of write log fsync.", FsyncRanks, values,
            log.Fsyncs.Count, log.Fsyncs.Seconds, label);

        void Count(string name, string help, long value) => writer.Counter(prefix + name, help, value, label);
    }
}
