using Receiver.Telemetry;
using Tsdb;

namespace Receiver.Hosting;

/// <summary>Exports what a database did with samples that were not in order, under upstream's names.</summary>
internal static class OutOfOrderMetrics
{
    private const string Prefix = "prometheus_tsdb_";

    /// <summary>Writes one tenant's series.</summary>
    public static void Write(MetricWriter writer, Database database, (string, string) label)
    {
        var head = database.HeadCounters;
        const string Appended = "Total number of appended out of order samples.";
        const string TooOld =
            "Total number of out of order samples ingestion failed attempts with out of support enabled, but sample outside of "
            + "time window.";
        Typed("head_out_of_order_samples_appended_total", Appended, head.LateAppended, "float");
        Typed("head_out_of_order_samples_appended_total", Appended, head.LateHistogramsAppended, "histogram");
        Typed("too_old_samples_total", TooOld, head.TooOld, "float");
        Typed("too_old_samples_total", TooOld, head.TooOldHistograms, "histogram");
        const string Unknown = "Total number of unknown series references encountered during WBL replay.";
        Typed("wbl_replay_unknown_refs_total", Unknown, head.LateReplayUnknownSeries, "series");
        Typed("wbl_replay_unknown_refs_total", Unknown, head.LateReplayUnknownSamples, "samples");
        Typed("wbl_replay_unknown_refs_total", Unknown, head.LateReplayUnknownHistograms, "histograms");
        Typed("wbl_replay_unknown_refs_total", Unknown, head.LateReplayUnknownMarkers, "mmap_markers");
        writer.Histogram(Prefix + "sample_ooo_delta",
            "Delta in seconds by which a sample is considered out of order (reported regardless of OOO time window and whether "
            + "sample is accepted or not).",
            head.LateSeconds.Bounds, head.LateSeconds.Counts, head.LateSeconds.Sum, label);
        if (database.OutOfOrderLogCounters is { } log)
            LogMetrics.Write(writer, Prefix + "out_of_order_wbl_", log, database.OutOfOrderLogSizeBytes, label);

        void Typed(string name, string help, long value, string type) =>
            writer.Counter(Prefix + name, help, value, label, ("type", type));
    }
}
