using System.Globalization;

namespace Tsdb.Tests.Model;

/// <summary>How the database of a run is set up.</summary>
/// <param name="RangeMs">Chunk range and smallest block.</param>
/// <param name="RangesPerBlock">Block range in chunk ranges.</param>
/// <param name="StartMs">Where the clock starts.</param>
/// <param name="FutureMs">Samples further ahead are refused; 0 = no limit.</param>
/// <param name="LateMs">How far behind samples out of order may be; 0 = none is kept.</param>
/// <param name="LateCap">Samples out of order of a series in memory.</param>
/// <param name="SegmentPages">Size of a log segment in pages of 32 KiB.</param>
/// <param name="IsCompressed">Whether the log is.</param>
internal sealed record RunOptions(
    long RangeMs, int RangesPerBlock, long StartMs, long FutureMs, long LateMs, int LateCap, int SegmentPages,
    bool IsCompressed)
{
    private const int PageBytes = 32 << 10;

    /// <summary>Exemplars kept; 0 = none.</summary>
    public int ExemplarsMax { get; init; }

    /// <summary>Whether closing writes a memory snapshot and opening reads it.</summary>
    public bool KeepsSnapshots { get; init; }

    /// <summary>Three blocks stay.</summary>
    public long RetentionMs => 3 * BlockMs;

    /// <summary>Block range.</summary>
    public long BlockMs => RangeMs * RangesPerBlock;

    /// <summary>The options for a directory.</summary>
    public DatabaseOptions For(string directory, TimeProvider clock, Action<string> log) => new()
    {
        Directory = directory,
        MinBlockDurationMs = RangeMs,
        MaxBlockDurationMs = BlockMs,
        RetentionMs = RetentionMs,
        TooFarInFuture = TimeSpan.FromMilliseconds(FutureMs),
        OutOfOrderWindowMs = LateMs,
        OutOfOrderCapMax = LateCap,
        WalSegmentSizeBytes = SegmentPages * PageBytes,
        WalCompression = IsCompressed,
        ExemplarsMax = ExemplarsMax,
        MemorySnapshotOnShutdown = KeepsSnapshots,
        Clock = clock,
        Log = log,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"range {RangeMs} ms, block {RangesPerBlock} ranges, start {StartMs}, future {FutureMs} ms, "
        + $"late {LateMs} ms (cap {LateCap}), segment {SegmentPages} pages, compressed {IsCompressed}, "
        + $"exemplars {ExemplarsMax}, snapshots {KeepsSnapshots}");
}
