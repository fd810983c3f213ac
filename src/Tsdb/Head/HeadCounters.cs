using Tsdb.Counters;

namespace Tsdb.Head;

/// <summary>What a head counts, for whoever exports it. Fields only rise and are changed with Interlocked.</summary>
/// <remarks>Exported names: docs/formats/head.md, "Metrics".</remarks>
public sealed class HeadCounters
{
    /// <summary>Series ever created (head_series_created_total).</summary>
    public long SeriesCreated;

    /// <summary>Series ever collected (head_series_removed_total).</summary>
    public long SeriesRemoved;

    /// <summary>Float samples accepted at commit (head_samples_appended_total).</summary>
    public long SamplesAppended;

    /// <summary>Native histograms accepted at commit (head_samples_appended_total).</summary>
    public long HistogramsAppended;

    /// <summary>Native histograms refused because they contradict themselves.</summary>
    public long HistogramsInvalid;

    /// <summary>Native histograms refused as out of order (out_of_order_samples_total).</summary>
    public long OutOfOrderHistograms;

    /// <summary>Floats refused as out of order (out_of_order_samples_total).</summary>
    public long OutOfOrder;

    /// <summary>Samples refused as out of bounds (out_of_bound_samples_total).</summary>
    public long OutOfBounds;

    /// <summary>Floats kept out of order; they count as appended too (head_out_of_order_samples_appended_total).</summary>
    public long LateAppended;

    /// <summary>Native histograms kept out of order; they count as appended too
    /// (head_out_of_order_samples_appended_total).</summary>
    public long LateHistogramsAppended;

    /// <summary>Samples out of order that were not stored because their series' list had another value at their time. Upstream
    /// counts them nowhere.</summary>
    public long LateConflicts;

    /// <summary>Floats refused as older than the out-of-order window (too_old_samples_total).</summary>
    public long TooOld;

    /// <summary>Native histograms refused as older than the out-of-order window (too_old_samples_total).</summary>
    public long TooOldHistograms;

    /// <summary>Samples refused as too far ahead of the clock.</summary>
    public long TooFarAhead;

    /// <summary>Chunks ever started (head_chunks_created_total).</summary>
    public long ChunksCreated;

    /// <summary>Chunks dropped by truncation (head_chunks_removed_total).</summary>
    public long ChunksRemoved;

    /// <summary>Chunks written to chunks_head (mmap_chunks_total).</summary>
    public long ChunksWritten;

    /// <summary>Head truncations (head_truncations_total).</summary>
    public long Truncations;

    /// <summary>Head truncations that went wrong (head_truncations_failed_total).</summary>
    public long TruncationsFailed;

    /// <summary>References in the log that name no series, each once up to a million (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownSeries;

    /// <summary>Samples in the log whose series the log does not know (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownSamples;

    /// <summary>Native histograms in the log whose series it does not know (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownHistograms;

    /// <summary>Exemplars in the log whose series it does not know (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownExemplars;

    /// <summary>Metadata in the log whose series it does not know (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownMetadata;

    /// <summary>Tombstones in the log whose series it does not know (wal_replay_unknown_refs_total).</summary>
    public long ReplayUnknownTombstones;

    /// <summary>Series that the out-of-order log mentions and the log does not know (wbl_replay_unknown_refs_total).</summary>
    public long LateReplayUnknownSeries;

    /// <summary>Their floats (wbl_replay_unknown_refs_total).</summary>
    public long LateReplayUnknownSamples;

    /// <summary>Their histograms (wbl_replay_unknown_refs_total).</summary>
    public long LateReplayUnknownHistograms;

    /// <summary>Their markers (wbl_replay_unknown_refs_total).</summary>
    public long LateReplayUnknownMarkers;

    /// <summary>Times that damage was found in the chunk files at start (mmap_chunk_corruptions_total).</summary>
    public long ChunkFileCorruptions;

    /// <summary>Memory snapshots that could not be used at start (snapshot_replay_error_total).</summary>
    public long SnapshotErrors;

    /// <summary>Duration of the last replay, milliseconds (data_replay_duration_seconds).</summary>
    public long ReplayDurationMs;

    /// <summary>Damaged logs found (wal_corruptions_total).</summary>
    public long WalCorruptions;

    /// <summary>Seconds behind the head's newest sample of those that were too late to be in order, kept or not
    /// (sample_ooo_delta).</summary>
    public Observations LateSeconds { get; } = new(600, 1800, 3600, 7200, 10_800, 21_600, 43_200);
}
