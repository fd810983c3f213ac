using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>What became of one sample. Outcomes are data, never exceptions.</summary>
/// <remarks>The order of checks and the conditions are upstream's: docs/formats/head.md.</remarks>
public enum AppendResult : byte
{
    /// <summary>Accepted; kept when the commit succeeds.</summary>
    Appended = 0,

    /// <summary>The same value at the series' newest time: accepted and not stored again.</summary>
    Duplicate,

    /// <summary>Another value at the series' newest time.</summary>
    DuplicateConflict,

    /// <summary>Older than the series' newest sample, and out-of-order ingestion is off.</summary>
    OutOfOrder,

    /// <summary>Older than the head accepts at all.</summary>
    OutOfBounds,

    /// <summary>Older than the out-of-order window.</summary>
    TooOld,

    /// <summary>Further ahead of the clock than allowed.</summary>
    TooFarAhead,

    /// <summary>The series does not exist and could not be created (see <see cref="CreateResult"/>).</summary>
    NoSeries,

    /// <summary>A native histogram that contradicts itself (<see cref="HistogramItem.Fault"/>).</summary>
    InvalidHistogram,
}

/// <summary>What became of the attempt to create a series.</summary>
public enum CreateResult : byte
{
    /// <summary>The series exists now.</summary>
    Created = 0,

    /// <summary>Another spelling of the same labels was known already.</summary>
    Existing,

    /// <summary>The head is at its limit of memory or series.</summary>
    Full,

    /// <summary>No label has a value.</summary>
    EmptyLabels,

    /// <summary>A name occurs twice.</summary>
    RepeatedLabelName,
}

/// <summary>One float sample of one request, on its way through the passes of a <c>HeadAppender</c>.</summary>
public struct AppendItem
{
    /// <summary>Value of <see cref="SeriesIndex"/> when no series has this key.</summary>
    public const uint NoSeries = uint.MaxValue;

    /// <summary>In: hash of the label bytes as received.</summary>
    public KeyHash Key;

    /// <summary>In: Unix milliseconds.</summary>
    public long TimestampMs;

    /// <summary>In: the value's bits, kept exactly (NaN payloads matter).</summary>
    public ulong ValueBits;

    /// <summary>Out of the find pass: the series' slot in the head, or <see cref="NoSeries"/>.</summary>
    public uint SeriesIndex;

    /// <summary>The caller's own index (which series of the request); the head does not look at it.</summary>
    public int Tag;

    /// <summary>Out of the append pass.</summary>
    public AppendResult Result;
}
