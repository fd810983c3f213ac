using Receiver.Telemetry;
using Receiver.Tenancy;
using Tsdb;
using Tsdb.Head;

namespace Receiver.Hosting;

/// <summary>Exports a database's numbers under upstream's names, prometheus_tsdb_*, and the head's memory under our
/// own.</summary>
internal static class DatabaseMetrics
{
    private const string Prefix = "prometheus_tsdb_";

    /// <summary>Writes one tenant's series.</summary>
    public static void Write(MetricWriter writer, Tenant tenant)
    {
        var (database, label) = (tenant.Database, ("tenant", tenant.Id));
        WriteState(writer, database, label);
        WriteHead(writer, database, label);
        WriteReplay(writer, database.HeadCounters, label);
        LogMetrics.Write(writer, Prefix + "wal_", database.WalCounters, database.WalSizeBytes, label);
        OutOfOrderMetrics.Write(writer, database, label);
        BackgroundMetrics.Write(writer, database.BackgroundWork, label);
        ExemplarMetrics.Write(writer, Prefix + "exemplar_", database.ExemplarCounters, label);
        WriteMemory(writer, database, label);
    }

    private static void WriteState(MetricWriter writer, Database database, (string, string) label)
    {
        Gauge("head_series", "Total number of series in the head block.", database.SeriesCount);
        Gauge("head_chunks", "Total number of chunks in the head block.", database.ChunkCount);
        Gauge("head_min_time", "Minimum time bound of the head block, milliseconds.", database.HeadMinTimeMs);
        Gauge("head_max_time", "Maximum timestamp of the head block, milliseconds.", database.HeadMaxTimeMs);
        Gauge("lowest_timestamp", "Lowest timestamp value stored in the database, milliseconds.", database.MinTimeMs);
        Gauge("blocks_loaded", "Number of currently loaded data blocks", database.Blocks.Count);
        WriteBlocks(writer, database, label);
        Gauge("clean_start", "-1: lockfile is disabled. 0: a lockfile from a previous execution was replaced. 1: lockfile "
            + "creation was clean", database.IsCleanStart switch { null => -1, false => 0, true => 1 });
        Gauge("head_active_appenders", "Number of currently active appender transactions", database.ActiveAppenders);
        Gauge("head_stale_series", "Total number of stale series in the head block.", database.StaleSeriesCount);
        Gauge("head_chunks_storage_size_bytes", "Size of the chunks_head directory.", database.ChunkFilesSizeBytes);
        // Requests are not isolated from readers here, as in upstream's receiver.
        Gauge("isolation_low_watermark", "The lowest TSDB append ID that is still referenced.", 0);
        Gauge("isolation_high_watermark", "The highest TSDB append ID that has been given out.", 0);
        Gauge("retention_limit_bytes", "Max number of bytes to be retained in the tsdb blocks, 0 means disabled", 0);
        Gauge("retention_limit_seconds", "How long to retain samples in storage.", database.Options.RetentionMs / 1000.0);

        void Gauge(string name, string help, double value) => writer.Gauge(Prefix + name, help, value, label);
    }

    private static void WriteBlocks(MetricWriter writer, Database database, (string, string) label)
    {
        long blockBytes = 0, symbolBytes = 0;
        foreach (var block in database.Blocks)
        {
            blockBytes += block.SizeBytes;
            symbolBytes += block.SymbolTableSizeBytes;
        }
        writer.Gauge(Prefix + "storage_blocks_bytes", "The number of bytes that are currently used for local storage by all "
            + "blocks.", blockBytes, label);
        writer.Gauge(Prefix + "symbol_table_size_bytes", "Size of symbol table in memory for loaded blocks", symbolBytes, label);
    }

    private static void WriteHead(MetricWriter writer, Database database, (string, string) label)
    {
        var head = database.HeadCounters;
        Count("head_series_created_total", "Total number of series created in the head", head.SeriesCreated);
        Count("head_series_removed_total", "Total number of series removed in the head", head.SeriesRemoved);
        Count("head_chunks_created_total", "Total number of chunks created in the head", head.ChunksCreated);
        Count("head_chunks_removed_total", "Total number of chunks removed in the head", head.ChunksRemoved);
        // Nobody appends by a reference that is gone.
        Count("head_series_not_found_total", "Total number of requests for series that were not found.", 0);
        Count("mmap_chunks_total", "Total number of chunks that were memory-mapped.", head.ChunksWritten);
        Count("head_truncations_total", "Total number of head truncations attempted.", head.Truncations);
        Count("head_truncations_failed_total", "Total number of head truncations that failed.", head.TruncationsFailed);
        const string Appended = "Total number of appended samples.";
        const string Late = "Total number of out of order samples ingestion failed attempts.";
        Typed("head_samples_appended_total", Appended, head.SamplesAppended);
        Typed("head_samples_appended_total", Appended, head.HistogramsAppended, "histogram");
        Typed("out_of_order_samples_total", Late, head.OutOfOrder);
        Typed("out_of_order_samples_total", Late, head.OutOfOrderHistograms, "histogram");
        Typed("out_of_bound_samples_total", "Total number of out of bound samples ingestion failed attempts.", head.OutOfBounds);

        void Count(string name, string help, long value) => writer.Counter(Prefix + name, help, value, label);
        void Typed(string name, string help, long value, string type = "float") =>
            writer.Counter(Prefix + name, help, value, label, ("type", type));
    }

    private static void WriteReplay(MetricWriter writer, HeadCounters head, (string, string) label)
    {
        writer.Gauge(Prefix + "data_replay_duration_seconds", "Time taken to replay the data on disk.",
            head.ReplayDurationMs / 1000.0, label);
        Count("wal_corruptions_total", "Total number of WAL corruptions.", head.WalCorruptions);
        Count("mmap_chunk_corruptions_total", "Total number of memory-mapped chunk corruptions.", head.ChunkFileCorruptions);
        Count("snapshot_replay_error_total", "Total number snapshot replays that failed.", head.SnapshotErrors);
        Unknown("series", head.ReplayUnknownSeries);
        Unknown("samples", head.ReplayUnknownSamples);
        Unknown("histograms", head.ReplayUnknownHistograms);
        Unknown("exemplars", head.ReplayUnknownExemplars);
        Unknown("metadata", head.ReplayUnknownMetadata);
        Unknown("tombstones", head.ReplayUnknownTombstones);

        void Count(string name, string help, long value) => writer.Counter(Prefix + name, help, value, label);
        void Unknown(string type, long value) => writer.Counter(Prefix + "wal_replay_unknown_refs_total",
            "Total number of unknown series references encountered during WAL replay.", value, label, ("type", type));
    }

    private static void WriteMemory(MetricWriter writer, Database database, (string, string) label)
    {
        var memory = database.HeadMemory;
        Part("series", memory.SeriesStructs);
        Part("label_references", memory.LabelReferences);
        Part("identity_table", memory.IdentityTable);
        Part("pairs_and_postings", memory.PairsAndPostings);
        Part("symbols", memory.Symbols);
        Part("open_chunks", memory.OpenChunks);
        Part("full_chunk_references", memory.FullChunkReferences);
        Part("out_of_order", memory.OutOfOrder);
        Part("exemplars", memory.Exemplars);
        Part("deletions", memory.Deletions);
        Part("metadata", memory.Metadata);
        Part("histograms", memory.Histograms);

        void Part(string part, long bytes) =>
            writer.Gauge("receiver_head_memory_bytes", "Bytes of the head backed by memory, by part.", bytes, label,
                ("part", part));
    }
}
