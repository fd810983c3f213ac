namespace Tsdb.Index;

/// <summary>A chunk of a block as the index knows it.</summary>
/// <param name="MinTimeMs">Time of the first sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Time of the last sample, inclusive.</param>
/// <param name="ChunkRef">Segment index in the high 32 bits, offset in the segment in the low 32.</param>
internal readonly record struct ChunkMeta(long MinTimeMs, long MaxTimeMs, ulong ChunkRef);
