namespace Receiver.Options;

/// <content>Rows of storage, uploads, tenants, replication and limits.</content>
internal static partial class FlagTable
{
    private static Flag[] Storage() =>
    [
        new("tsdb.path", FlagKind.Text, "./data", "Directory that holds one directory per tenant.") { Placeholder = "<path>" },
        new("label", FlagKind.Text, null, "External label of this receiver; at least one, unique in the system.")
        { IsRepeatable = true, Placeholder = "name=\"value\"" },
        new("tsdb.retention", FlagKind.ModelDuration, "15d", "How long local blocks and idle tenants are kept; 0 = for ever."),
        new("tsdb.max-retention-bytes", FlagKind.Bytes, "0",
            "Most bytes a tenant keeps locally, log and head included; 0 = no limit."),
        new("tsdb.wal-compression", FlagKind.Switch, "true", "Compress records of the write-ahead log."),
        new("tsdb.wal-fsync", FlagKind.WalFsync, "segment",
            "When the log is flushed to the device: segment (when a file is full), "
            + "interval=DURATION, or commit (before each answer).") { Placeholder = "segment|interval=DUR|commit" },
        new("tsdb.no-lockfile", FlagKind.Switch, "false", "Do not lock the data directory."),
        new("tsdb.too-far-in-future.time-window", FlagKind.ModelDuration, "0s",
            "Samples newer than now plus this are refused; 0 = accepted."),
        new("tsdb.out-of-order.time-window", FlagKind.ModelDuration, "0s",
            "How far behind the newest sample an older one may be; 0 = not at all."),
        new("tsdb.out-of-order.cap-max", FlagKind.Int64, "0", "Samples in an out-of-order chunk, up to 255; 0 or less = 32."),
        new("tsdb.max-exemplars", FlagKind.Int64, "0", "Exemplars kept per tenant; 0 or less = none."),
        new("tsdb.head.expanded-postings-cache-size", FlagKind.UInt64, "0",
            "Bytes per tenant for remembered lookups in the head; 0 = none."),
        new("tsdb.block.expanded-postings-cache-size", FlagKind.UInt64, "0",
            "Bytes per tenant for remembered lookups in blocks; 0 = none."),
        new("matcher-cache-size", FlagKind.Int, "0", "Regular expressions of queries kept compiled; 0 or less = none."),
        new("tsdb.allow-overlapping-blocks", FlagKind.Switch, "false", "No effect: always allowed.") { IsIgnored = true },
        new("tsdb.enable-native-histograms", FlagKind.Switch, "true", "No effect: always accepted.") { IsIgnored = true },
        new("tsdb.min-block-duration", FlagKind.ModelDuration, "2h", "Range of a head chunk and of the smallest block.")
        { IsHidden = true },
        new("tsdb.max-block-duration", FlagKind.ModelDuration, "2h", "Period of cutting and alignment of blocks; 30s or more.")
        { IsHidden = true },
        new("tsdb.write-queue-size", FlagKind.Int64, "0", "No effect: full chunks are written at once.")
        { IsHidden = true, IsIgnored = true },
        new("tsdb.memory-snapshot-on-shutdown", FlagKind.Switch, "false", "Write the head's memory to disk at shutdown.")
        { IsHidden = true },
    ];

    private static Flag[] Uploads() =>
    [
        .. Pair("objstore.config", "Bucket for finished blocks: YAML with type and config; none = no uploads."),
        new("hash-func", FlagKind.Choice, "", "Hash of uploaded files in meta.json.") { Allowed = ["SHA256", ""] },
        new("shipper.upload-concurrency", FlagKind.Int, "0", "Files of a block uploaded at a time; 0 or less = 1."),
        new("shipper.allow-out-of-order-uploads", FlagKind.Switch, "false", "Go on with newer blocks after one failed.")
        { IsHidden = true },
        new("shipper.skip-corrupted-blocks", FlagKind.Switch, "false", "Leave corrupted blocks out instead of stopping.")
        { IsHidden = true },
    ];

    private static Flag[] Tenants() =>
    [
        new("receive.tenant-header", FlagKind.Text, "THANOS-TENANT", "Header that names the tenant of a write."),
        new("receive.default-tenant-id", FlagKind.Text, "default-tenant", "Tenant of writes that name none."),
        new("receive.tenant-label-name", FlagKind.Text, "tenant_id", "External label that carries the tenant."),
        new("receive.split-tenant-label-name", FlagKind.Text, "",
            "Label of a series that names its tenant, and is removed; empty = none."),
        new("receive.tenant-certificate-field", FlagKind.Choice, "",
            "Field of the client's certificate that names the tenant; wins over headers.")
        { Allowed = ["", "organization", "organizationalUnit", "commonName"] },
        new("receive.replica-header", FlagKind.Text, "THANOS-REPLICA", "Header with the replica number of a forwarded write."),
    ];

    private static Flag[] Replication() =>
    [
        new("receive.hashrings-file", FlagKind.Text, null,
            "JSON file with the hash rings, watched; wins over --receive.hashrings.") { Placeholder = "<path>" },
        new("receive.hashrings", FlagKind.Text, null, "The hash rings as text.") { Placeholder = "<content>" },
        new("receive.hashrings-algorithm", FlagKind.Choice, "hashmod",
            "How rings place series that name no algorithm of their own.")
        { Allowed = ["hashmod", "ketama"] },
        new("receive.hashrings-file-refresh-interval", FlagKind.ModelDuration, "5m",
            "Period of re-reading the file, events aside; above 0."),
        new("receive.local-endpoint", FlagKind.Text, null,
            "This receiver's address as the rings spell it; without it a ring makes a router.")
        { Placeholder = "<host:port>" },
        new("receive.replication-factor", FlagKind.UInt64, "1", "Receivers that get each series; 1 or more."),
    ];

    private static Flag[] Features() =>
    [
        .. Pair("receive.relabel-config", "Relabelling rules for incoming series: YAML list."),
        .. Pair("receive.limits-config", "Limits per tenant: YAML; the file is re-read when it changes.", isHidden: true),
        new("receive.limits-config-reload-timer", FlagKind.GoDuration, "1s", "Period of looking at the limits file.")
        { IsHidden = true },
        new("receive.otlp-enable-target-info", FlagKind.Switch, "true", "Write target_info for OTLP resources."),
        new("receive.otlp-promote-resource-attributes", FlagKind.Text, "", "OTLP resource attribute that becomes a label.")
        { IsRepeatable = true },
        new("enable-feature", FlagKind.Text, "", "Feature to switch on: metric-names-filter.") { IsRepeatable = true },
        new("receive.lazy-retrieval-max-buffered-responses", FlagKind.Int, "20",
            "Responses buffered per database in a query; above 0."),
        .. Pair("request.logging-config", "Which gRPC calls are logged: YAML."),
    ];

    /// <summary>What later releases removed: a start script that still has them goes on working.</summary>
    private static Flag[] Removed()
    {
        string[] valued =
        [
            "receive.tenant-limits.max-head-series", "receive.tenant-limits.meta-monitoring-url",
            "receive.tenant-limits.meta-monitoring-query",
            "receive.tenant-limits.meta-monitoring-http-client", "receive.write-request-limits.max-size-bytes",
            "receive.write-request-limits.max-series", "receive.write-request-limits.max-samples",
            "receive.write-request-limits.max-concurrency",
        ];
        var flags = new List<Flag>
        {
            new("writer.intern", FlagKind.Switch, null, "No effect: removed upstream.") { IsHidden = true, IsIgnored = true },
            new("shipper.ignore-unequal-block-size", FlagKind.Switch, null, "No effect: removed upstream.")
            { IsHidden = true, IsIgnored = true },
        };
        foreach (var name in valued)
            flags.Add(new(name, FlagKind.Text, null, "No effect: use --receive.limits-config.")
            { IsHidden = true, IsIgnored = true });
        return [.. flags];
    }
}
