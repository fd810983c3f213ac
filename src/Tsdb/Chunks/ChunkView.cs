namespace Tsdb.Chunks;

/// <summary>How a chunk's bytes are to be read. The numbers are those of the files.</summary>
/// <remarks>Source: docs/formats/chunks.md.</remarks>
public enum ChunkEncoding : byte
{
    /// <summary>Invalid; never stored.</summary>
    None = 0,

    /// <summary>Floats.</summary>
    Xor = 1,

    /// <summary>Integer native histograms.</summary>
    Histogram = 2,

    /// <summary>Float native histograms.</summary>
    FloatHistogram = 3,

    /// <summary>Floats with start timestamps, of later versions: only stored, converted to <see cref="Xor"/> when read.</summary>
    Xor2 = 4,

    /// <summary>Integer native histograms with start timestamps: only stored, converted to <see cref="Histogram"/> when
    /// read.</summary>
    HistogramSt = 5,

    /// <summary>Float native histograms with start timestamps: only stored, converted to <see cref="FloatHistogram"/> when
    /// read.</summary>
    FloatHistogramSt = 6,
}

/// <summary>A whole chunk as a reader sees it: its first and last sample's time, inclusive, and its bytes.</summary>
/// <param name="MinTimeMs">Time of the first sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">Time of the last sample, Unix milliseconds.</param>
/// <param name="Encoding">How to read <paramref name="Data"/>.</param>
/// <param name="Data">The chunk's own stream, sample count first; valid until the cursor that gave it moves on.</param>
public readonly record struct ChunkView(long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding, ReadOnlyMemory<byte> Data);
