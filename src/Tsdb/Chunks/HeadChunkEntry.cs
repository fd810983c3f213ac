namespace Tsdb.Chunks;

/// <summary>One chunk of a head's chunk files, without its bytes.</summary>
/// <param name="ChunkRef">Where it is: file number in the high 32 bits, offset in the file in the low 32.</param>
/// <param name="SeriesRef">The head's reference of its series.</param>
/// <param name="MinTimeMs">Time of the first sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Time of the last sample, inclusive.</param>
/// <param name="Encoding">How to read its bytes.</param>
/// <param name="IsOutOfOrder">Whether it holds samples that arrived out of order.</param>
/// <param name="SampleCount">Samples, as the chunk's own header says.</param>
internal readonly record struct HeadChunkEntry(
    ulong ChunkRef, ulong SeriesRef, long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding, bool IsOutOfOrder, int SampleCount);
