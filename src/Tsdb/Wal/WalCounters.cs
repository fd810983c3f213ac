using Tsdb.Counters;

namespace Tsdb.Wal;

/// <summary>What a log did since it was opened. Written by its writer, readable from any thread at any time.</summary>
/// <remarks>The values only grow, except <see cref="CurrentSegment"/>.</remarks>
public sealed class WalCounters
{
    /// <summary>Pages handed to the operating system, a partly filled one each time it grows.</summary>
    public long PageFlushes { get; internal set; }

    /// <summary>Pages filled to the end (padding included).</summary>
    public long CompletedPages { get; internal set; }

    /// <summary>Fragments written.</summary>
    public long RecordPartsWritten { get; internal set; }

    /// <summary>Bytes of fragments, without their headers.</summary>
    public long RecordPartBytesWritten { get; internal set; }

    /// <summary>Bytes that compression saved.</summary>
    public long BytesSavedByCompression { get; internal set; }

    /// <summary>Times that old segments were dropped.</summary>
    public long Truncations { get; internal set; }

    /// <summary>Truncations that could not delete a segment.</summary>
    public long TruncationsFailed { get; internal set; }

    /// <summary>Writes and creations of files that failed.</summary>
    public long WritesFailed { get; internal set; }

    /// <summary>Number of the segment being written.</summary>
    public int CurrentSegment { get; internal set; }

    /// <summary>Flushes to the device, failed ones included.</summary>
    public Durations Fsyncs { get; } = new();
}
