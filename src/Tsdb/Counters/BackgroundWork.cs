namespace Tsdb.Counters;

/// <summary>What the work behind the appends did: cutting, truncating, loading and deleting blocks. For export.</summary>
/// <remarks>Fields only rise. Written by one maintenance pass at a time. Exported names: docs/formats/head.md,
/// "Metrics".</remarks>
public sealed class BackgroundWork
{
    /// <summary>Periodic passes (compactions_triggered_total; a receiver cuts on its own clock, so as many were
    /// skipped).</summary>
    public long Passes;

    /// <summary>Blocks written, empty results included (compactions_total).</summary>
    public long Compactions;

    /// <summary>Cuts that went wrong (compactions_failed_total).</summary>
    public long CompactionsFailed;

    /// <summary>1 while a block is being filled (compaction_populating_block).</summary>
    public int IsPopulating;

    /// <summary>Looks at which blocks there are (reloads_total).</summary>
    public long Reloads;

    /// <summary>Looks that found a block which cannot be read (reloads_failures_total).</summary>
    public long ReloadsFailed;

    /// <summary>Times that blocks went because of their age (time_retentions_total).</summary>
    public long TimeRetentions;

    /// <summary>Checkpoints written (checkpoint_creations_total).</summary>
    public long CheckpointsCreated;

    /// <summary>Checkpoints that could not be written (checkpoint_creations_failed_total).</summary>
    public long CheckpointsFailed;

    /// <summary>Times that older checkpoints were deleted (checkpoint_deletions_total).</summary>
    public long CheckpointDeletions;

    /// <summary>Deletions that failed (checkpoint_deletions_failed_total).</summary>
    public long CheckpointDeletionsFailed;

    /// <summary>Writing a block, seconds (compaction_duration_seconds).</summary>
    public Observations CompactionSeconds { get; } = Observations.Exponential(1, 2, 14);

    /// <summary>Bytes of the chunks written (compaction_chunk_size_bytes).</summary>
    public Observations ChunkBytes { get; } = Observations.Exponential(32, 1.5, 12);

    /// <summary>Samples of the chunks written (compaction_chunk_samples).</summary>
    public Observations ChunkSamples { get; } = Observations.Exponential(4, 1.5, 12);

    /// <summary>Milliseconds from first to last sample of the chunks written (compaction_chunk_range_seconds, in spite of its
    /// name).</summary>
    public Observations ChunkRangeMs { get; } = Observations.Exponential(100, 4, 10);

    /// <summary>Rewriting blocks without what was deleted, seconds (tombstone_cleanup_seconds).</summary>
    public Observations TombstoneCleanupSeconds { get; } = new();

    /// <summary>Freeing memory of the head (head_gc_duration_seconds).</summary>
    public Durations Collections { get; } = new();

    /// <summary>Shortening the log, checkpoint included (wal_truncate_duration_seconds).</summary>
    public Durations LogTruncations { get; } = new();
}
