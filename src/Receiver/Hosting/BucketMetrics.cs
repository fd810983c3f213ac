using ObjStore;
using Receiver.Telemetry;

namespace Receiver.Hosting;

/// <summary>Exports what a bucket counts, as thanos_objstore_bucket_*.</summary>
internal static class BucketMetrics
{
    private const string Prefix = "thanos_objstore_bucket_";

    private static readonly (BucketOperation Operation, string Name)[] Operations =
    [
        (BucketOperation.Attributes, "attributes"), (BucketOperation.Delete, "delete"), (BucketOperation.Exists, "exists"),
        (BucketOperation.Get, "get"), (BucketOperation.GetRange, "get_range"), (BucketOperation.Iter, "iter"),
        (BucketOperation.Upload, "upload"),
    ];

    /// <summary>Adds the collector.</summary>
    public static void Register(MetricRegistry registry, string bucket, BucketCounters counters) =>
        registry.AddCollector(writer =>
    {
        foreach (var (operation, name) in Operations) Write(writer, bucket, name, counters[operation]);
        writer.Gauge(
            Prefix + "last_successful_upload_time",
            "Second timestamp of the last successful upload to the bucket.",
            counters.LastSuccessfulUploadMs / 1000.0,
            ("bucket", bucket));
    });

    private static void Write(MetricWriter writer, string bucket, string operation, OperationCounters counters)
    {
        ReadOnlySpan<(string, string)> labels = [("bucket", bucket), ("operation", operation)];
        writer.Counter(Prefix + "operations_total", "Total number of all attempted operations against a bucket.",
            counters.Attempts, labels);
        writer.Counter(
            Prefix + "operation_failures_total",
            "Total number of operations against a bucket that failed, but were not expected to fail in certain way from caller "
            + "perspective.",
            counters.Failures,
            labels);
        writer.Counter(Prefix + "operation_fetched_bytes_total", "Total number of bytes fetched from bucket, per operation.",
            counters.FetchedBytes, labels);
        Write(writer, Prefix + "operation_duration_seconds",
            "Duration of successful operations against the bucket per operation.", counters.DurationSeconds, labels);
        Write(writer, Prefix + "operation_transferred_bytes", "Number of bytes transferred from/to bucket per operation.",
            counters.TransferredBytes, labels);
    }

    private static void Write(MetricWriter writer, string name, string help, Distribution values,
        ReadOnlySpan<(string, string)> labels)
    {
        Span<long> counts = stackalloc long[values.UpperBounds.Count + 1];
        var sum = values.Read(counts);
        writer.Histogram(name, help, [.. values.UpperBounds], counts, sum, labels);
    }
}
