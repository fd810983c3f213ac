using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>A chunk of samples that came out of order, in the chunks_head files.</summary>
/// <param name="FileRef">Where it is: file number in the high 32 bits, offset in the low 32. Ascending in order of
/// writing.</param>
/// <param name="MinTimeMs">First sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Last sample, inclusive.</param>
/// <param name="Encoding">How to read it.</param>
internal readonly record struct LateChunk(ulong FileRef, long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding);
