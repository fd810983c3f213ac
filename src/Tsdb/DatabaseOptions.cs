using Tsdb.Files;

namespace Tsdb;

/// <summary>When the write-ahead log is flushed to the device.</summary>
public enum WalFsync
{
    /// <summary>When a segment closes, as upstream does.</summary>
    Segment,

    /// <summary>Every <see cref="DatabaseOptions.WalFsyncInterval"/>.</summary>
    Interval,

    /// <summary>Before each commit returns; commits that wait together share one flush.</summary>
    Commit,
}

/// <summary>What a database needs to know. Durations are those of the flags they come from.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Directory of the database; created when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>Range of the head's chunks and smallest block, milliseconds; --tsdb.min-block-duration, default 2 h.</summary>
    public long MinBlockDurationMs { get; init; } = 7_200_000;

    /// <summary>Alignment and longest range of a block cut from the head, milliseconds; --tsdb.max-block-duration, default 2
    /// h.</summary>
    public long MaxBlockDurationMs { get; init; } = 7_200_000;

    /// <summary>How far behind the newest block a block may end before it is deleted, milliseconds; 0 = for ever;
    /// --tsdb.retention, default 15 d.</summary>
    public long RetentionMs { get; init; } = 15L * 24 * 3_600_000;

    /// <summary>Whether WAL records are snappy-compressed; --tsdb.wal-compression, default true.</summary>
    public bool WalCompression { get; init; } = true;

    /// <summary>When the log is flushed; --tsdb.wal-fsync, default segment.</summary>
    public WalFsync WalFsync { get; init; } = WalFsync.Segment;

    /// <summary>Period of <see cref="WalFsync.Interval"/>.</summary>
    public TimeSpan WalFsyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Size of a log segment in bytes, a multiple of 32768; default 128 MiB.</summary>
    public int WalSegmentSizeBytes { get; init; } = 128 << 20;

    /// <summary>Samples newer than the clock plus this are refused; zero = no check;
    /// --tsdb.too-far-in-future.time-window.</summary>
    public TimeSpan TooFarInFuture { get; init; }

    /// <summary>How far behind the head's newest sample a sample that is not in order may be, milliseconds; 0 = such samples are
    /// refused; --tsdb.out-of-order.time-window.</summary>
    public long OutOfOrderWindowMs { get; init; }

    /// <summary>Out-of-order samples of a series that are kept in a list before they become a chunk, 1 to 255;
    /// --tsdb.out-of-order.cap-max, default 32.</summary>
    public int OutOfOrderCapMax { get; init; } = 32;

    /// <summary>From this many owned bytes on, over all heads of the process, new series are refused while the known
    /// ones go on; 0 = no limit.</summary>
    public long HeadsBytesMax { get; init; }

    /// <summary>Exemplars kept, over all series; 0 = none; --tsdb.max-exemplars. Each takes about 200 bytes.</summary>
    public int ExemplarsMax { get; init; }

    /// <summary>Whether a lock file guards the directory; false with --tsdb.no-lockfile.</summary>
    public bool LockFile { get; init; } = true;

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Threads that may replay the log at start; 0 = as many as there are processors.</summary>
    public int ReplayConcurrency { get; init; }

    /// <summary>Whether closing writes what is only in memory to a snapshot that the next start reads instead of the log;
    /// --tsdb.memory-snapshot-on-shutdown, default false. Without it, snapshots that are there are not looked at.</summary>
    public bool MemorySnapshotOnShutdown { get; init; }

    /// <summary>Told how far start-up is: at the begin of each phase and after each segment; never null.</summary>
    public Action<ReplayProgress> ReplayProgress { get; init; } = static _ => { };

    /// <summary>Told about start-up progress and repairs; never null, quiet by default.</summary>
    public Action<string> Log { get; init; } = static _ => { };

    /// <summary>What everything is written through; tests put one in that fails or records.</summary>
    internal IDisk Disk { get; init; } = RealDisk.Instance;
}
