using Tsdb.Blocks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Keeps deleted samples from coming back out of chunks that are in blocks already.</summary>
/// <remarks>
/// A chunk file lives as long as anything in it is needed, the out-of-order log until the next compaction. A start takes such
/// chunks up again, which does no harm as long as the block has all of them: where something had been deleted it has not. So
/// for those series the log gets, before it is shortened, a deletion of everything that was compacted.
/// </remarks>
internal sealed class CompactedDeletions(TsdbHead head)
{
    private readonly Dictionary<ulong, (ulong ChunkRef, DeletedRange Range)> _gone = [];

    /// <summary>Takes note of a series whose compacted chunks are about to be forgotten.</summary>
    public void Note(uint index, LateSeries series)
    {
        if (series.DeletedCount == 0) return;
        var seriesRef = head.Series.Cold[index].Ref;
        var isKnown = _gone.TryGetValue(seriesRef, out var gone);
        foreach (var chunk in series.Chunks)
        {
            if (chunk.FileRef > series.CompactedRef) break;
            var range = isKnown ? gone.Range : new DeletedRange(chunk.MinTimeMs, chunk.MaxTimeMs);
            gone = (chunk.FileRef, new DeletedRange(
                Math.Min(range.MinTimeMs, chunk.MinTimeMs), Math.Max(range.MaxTimeMs, chunk.MaxTimeMs)));
            isKnown = true;
        }
        if (isKnown) _gone[seriesRef] = gone;
    }

    /// <summary>Logs what was noted, as long as its files are there.</summary>
    /// <param name="writer">Whose log.</param>
    /// <param name="lowestFile">Lowest number of a chunk file.</param>
    /// <exception cref="IOException">The log could not be written.</exception>
    public void Repeat(LateWriter writer, int lowestFile)
    {
        foreach (var (seriesRef, gone) in _gone)
        {
            if ((int)(gone.ChunkRef >> 32) < lowestFile) _gone.Remove(seriesRef);
        }
        if (_gone.Count > 0) writer.LogGone(_gone);
    }
}
