using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Chunks that replay makes anew of samples in the log, because theirs are in no file.</summary>
/// <remarks>
/// They are written only when the whole log was read, without what it deletes. Written as they come they would be in the files
/// with deleted samples under references that no deletion names, and the start after would take them for later ones. Memory:
/// about two bytes a float, of what the log has and the files lost. One thread. Source: decision 0116.
/// </remarks>
internal sealed class LostChunks
{
    private readonly Dictionary<uint, List<Lost>> _bySeries = [];

    /// <summary>Takes the chunks of a series' list.</summary>
    public void Add(uint index, List<ChunkView> chunks)
    {
        if (!_bySeries.TryGetValue(index, out var lost)) _bySeries.Add(index, lost = []);
        foreach (var chunk in chunks) lost.Add(new Lost(chunk, 0, []));
    }

    /// <summary>The log has a marker of a series: what was taken since the one before was once in this chunk.</summary>
    public void Mark(uint index, ulong chunkRef)
    {
        if (!_bySeries.TryGetValue(index, out var lost)) return;
        for (var at = lost.Count - 1; at >= 0 && lost[at].ChunkRef == 0; at--) lost[at] = lost[at] with { ChunkRef = chunkRef };
    }

    /// <summary>Deletes a range of what a deletion covers of a series. What no marker followed yet is in no deletion: those come
    /// behind one.</summary>
    public void Delete(uint index, LateBound bound, DeletedRange range)
    {
        if (!_bySeries.TryGetValue(index, out var lost)) return;
        for (var at = 0; at < lost.Count; at++)
        {
            var chunk = lost[at];
            if (chunk.ChunkRef == 0 || (!bound.IsAllBefore && chunk.ChunkRef > bound.ChunkRef)) continue;
            lost[at] = chunk with { Deleted = DeletedRanges.Add(chunk.Deleted, range) };
        }
    }

    /// <summary>Writes what is left to the chunk files.</summary>
    /// <exception cref="IOException">A chunk could not be written.</exception>
    public void Write(LateWriter writer)
    {
        var left = new List<ChunkView>();
        foreach (var (index, lost) in _bySeries)
        {
            left.Clear();
            foreach (var chunk in lost) AddLeft(chunk, left);
            if (left.Count > 0) writer.Write(index, left);
        }
        _bySeries.Clear();
    }

    private static void AddLeft(Lost chunk, List<ChunkView> into)
    {
        if (chunk.Deleted.Length == 0)
        {
            into.Add(chunk.View);
            return;
        }
        var left = new List<ChunkSample>();
        foreach (var sample in ChunkSamples.Decode(chunk.View))
        {
            var t = sample.TimestampMs;
            if (!Array.Exists(chunk.Deleted, range => range.MinTimeMs <= t && t <= range.MaxTimeMs)) left.Add(sample);
        }
        LateEncoder.Encode([.. left], isSplit: false, into);
    }

    /// <param name="View">Its samples, in memory.</param>
    /// <param name="ChunkRef">Newest chunk its samples may have been in; 0 = no marker followed yet.</param>
    /// <param name="Deleted">Ascending, neither overlapping nor touching.</param>
    private readonly record struct Lost(ChunkView View, ulong ChunkRef, DeletedRange[] Deleted);
}
