using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>A sample that came out of order.</summary>
/// <param name="SeriesIndex">The series' slot in the head.</param>
/// <param name="Sample">The sample; a histogram is copied when it is stored.</param>
internal readonly record struct LateSample(uint SeriesIndex, ChunkSample Sample)
{
    /// <summary>Its time, Unix milliseconds.</summary>
    public long TimestampMs => Sample.TimestampMs;
}
