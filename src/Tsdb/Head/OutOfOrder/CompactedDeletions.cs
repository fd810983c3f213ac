using Tsdb.Blocks;
using Tsdb.Head.Deletions;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Keeps deleted samples from coming back out of chunks that are in blocks already.</summary>
/// <remarks>
/// A chunk file lives as long as anything in it is needed, the out-of-order log until the next compaction. A start takes such
/// chunks up again, which does no harm as long as the block has all of them: where something is deleted it has not. So for those
/// series the log gets, before it is shortened or a block gets deletions, a deletion of everything that was compacted. That is
/// right for whatever series: the blocks have all that is left. Memory: about 60 bytes for each series with compacted chunks
/// in the files. One caller at a time (the database's maintenance lock).
/// </remarks>
internal sealed class CompactedDeletions(TsdbHead head)
{
    private readonly Dictionary<ulong, Compacted> _bySeries = [];

    /// <summary>Whether there is nothing to keep from coming back.</summary>
    public bool IsEmpty => _bySeries.Count == 0;

    /// <summary>Takes note of a series whose compacted chunks are about to be forgotten.</summary>
    public void Note(uint index, LateSeries series)
    {
        var seriesRef = head.Series.Cold[index].Ref;
        var isKnown = _bySeries.TryGetValue(seriesRef, out var compacted);
        foreach (var chunk in series.Chunks)
        {
            if (chunk.FileRef > series.CompactedRef) break;
            var range = isKnown ? compacted.Range : new DeletedRange(chunk.MinTimeMs, chunk.MaxTimeMs);
            compacted = new Compacted(chunk.FileRef, new DeletedRange(
                Math.Min(range.MinTimeMs, chunk.MinTimeMs), Math.Max(range.MaxTimeMs, chunk.MaxTimeMs)), compacted.IsGone, index);
            isKnown = true;
        }
        if (isKnown) _bySeries[seriesRef] = compacted with { IsGone = compacted.IsGone || series.DeletedCount > 0 };
    }

    /// <summary>Logs again, before the log is shortened, what may not come back and has its files still.</summary>
    /// <param name="writer">Whose log.</param>
    /// <param name="lowestFile">Lowest number of a chunk file.</param>
    /// <exception cref="IOException">The log could not be written.</exception>
    public void Repeat(LateWriter writer, int lowestFile)
    {
        var gone = new List<(ulong SeriesRef, ulong ChunkRef, DeletedRange Range)>();
        foreach (var (seriesRef, compacted) in _bySeries)
        {
            if ((int)(compacted.ChunkRef >> 32) < lowestFile) _bySeries.Remove(seriesRef);
            else if (compacted.IsGone) gone.Add((seriesRef, compacted.ChunkRef, compacted.Range));
        }
        if (gone.Count > 0) writer.LogGone(gone);
    }

    /// <summary>Logs that what is compacted of a range, of whatever series, may not come back: the blocks are about to get
    /// deletions.</summary>
    /// <param name="writer">Whose log.</param>
    /// <param name="range">First and last time of the deletion.</param>
    /// <param name="asked">Series of the head that it is for.</param>
    /// <exception cref="IOException">A log could not be written.</exception>
    public void Delete(LateWriter writer, DeletedRange range, HashSet<uint> asked)
    {
        LogCopies(range, asked);
        var gone = new List<(ulong SeriesRef, ulong ChunkRef, DeletedRange Range)>();
        foreach (var (seriesRef, compacted) in _bySeries)
        {
            if (!compacted.IsGone && compacted.Range.MinTimeMs <= range.MaxTimeMs && range.MinTimeMs <= compacted.Range.MaxTimeMs)
                gone.Add((seriesRef, compacted.ChunkRef, compacted.Range));
        }
        if (gone.Count == 0) return;
        writer.LogGone(gone);
        foreach (var (seriesRef, _, _) in gone) _bySeries[seriesRef] = _bySeries[seriesRef] with { IsGone = true };
    }

    /// <summary>Of what is compacted the log of what is in order has copies, which a start may take in order. A series that left
    /// the head has all that is left in blocks, whether the deletion is for it or not.</summary>
    private void LogCopies(DeletedRange range, HashSet<uint> asked)
    {
        var copies = new List<(uint Index, ulong Ref, DeletedRange Range)>();
        foreach (var (seriesRef, compacted) in _bySeries)
        {
            var (first, last) = (compacted.Range.MinTimeMs, compacted.Range.MaxTimeMs);
            (first, last) = (Math.Max(range.MinTimeMs, first), Math.Min(range.MaxTimeMs, last));
            var isInHead = Volatile.Read(ref head.Series.Cold[compacted.Index].Ref) == seriesRef;
            if (first > last || (isInHead && !asked.Contains(compacted.Index))) continue;
            copies.Add((compacted.Index, seriesRef, new DeletedRange(first, last)));
        }
        HeadDeletion.Log(head, copies);
    }

    /// <param name="ChunkRef">Newest chunk that is in blocks.</param>
    /// <param name="Range">Bounds of the times of all such chunks.</param>
    /// <param name="IsGone">Whether the log says, or must when it is shortened, that they may not come back.</param>
    /// <param name="Index">The series' slot, as long as that has its reference.</param>
    private readonly record struct Compacted(ulong ChunkRef, DeletedRange Range, bool IsGone, uint Index);
}
