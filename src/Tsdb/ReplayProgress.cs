namespace Tsdb;

/// <summary>What start-up reads at the moment.</summary>
public enum ReplayPhase
{
    /// <summary>Chunk files of the head.</summary>
    ChunkFiles = 0,

    /// <summary>The memory snapshot that the last shutdown wrote.</summary>
    Snapshot,

    /// <summary>The checkpoint of the log.</summary>
    Checkpoint,

    /// <summary>Segments of the log.</summary>
    Wal,

    /// <summary>Segments of the out-of-order log.</summary>
    Wbl,

    /// <summary>Nothing any more.</summary>
    Done,
}

/// <summary>How far start-up is.</summary>
/// <param name="Phase">What is read.</param>
/// <param name="SegmentsDone">Segments (or files) of this phase that are read.</param>
/// <param name="SegmentsTotal">Segments (or files) of this phase; 0 when that does not apply.</param>
public readonly record struct ReplayProgress(ReplayPhase Phase, int SegmentsDone, int SegmentsTotal);
