using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>What becomes of overlapping chunks when at least one of them holds native histograms.</summary>
/// <remarks>They are passed on in order of their times, whole: a querier re-sorts and walks them, and no sample is invented or
/// lost here.</remarks>
internal static class HistogramOverlaps
{
    /// <summary>Appends the chunks between two indexes, which overlap and are sorted, to a result.</summary>
    public static void Merge(List<ChunkView> sorted, int start, int end, List<ChunkView> into)
    {
        for (var i = start; i < end; i++) into.Add(sorted[i]);
    }
}
