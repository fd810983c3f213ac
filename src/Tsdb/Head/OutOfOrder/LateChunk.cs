using Tsdb.Blocks;
using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>A chunk of samples that came out of order, in the chunks_head files.</summary>
/// <param name="FileRef">Where it is: file number in the high 32 bits, offset in the low 32. Ascending in order of
/// writing.</param>
/// <param name="MinTimeMs">First sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Last sample, inclusive.</param>
/// <param name="Encoding">How to read it.</param>
/// <param name="Deleted">Ranges deleted since it was written, ascending, neither overlapping nor touching; null without
/// any.</param>
internal readonly record struct LateChunk(
    ulong FileRef, long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding, DeletedRange[]? Deleted = null)
{
    /// <summary>Whether a range, both ends included, touches it.</summary>
    public bool Overlaps(DeletedRange range) => MinTimeMs <= range.MaxTimeMs && range.MinTimeMs <= MaxTimeMs;
}
