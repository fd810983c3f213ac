using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>One native histogram of one request, on its way through <see cref="HeadAppender.AppendHistogram"/>.</summary>
public struct HistogramItem
{
    /// <summary>In: the series' slot in the head, as <see cref="AppendItem.SeriesIndex"/> of an item that was found or
    /// created.</summary>
    public uint SeriesIndex;

    /// <summary>In: Unix milliseconds.</summary>
    public long TimestampMs;

    /// <summary>In: the histogram. The appender keeps it; it must not change before commit or rollback.</summary>
    public HistogramSample Sample;

    /// <summary>Out: what became of it.</summary>
    public AppendResult Result;

    /// <summary>Out: with <see cref="AppendResult.InvalidHistogram"/>, why, in upstream's words; else null.</summary>
    public string? Fault;
}
