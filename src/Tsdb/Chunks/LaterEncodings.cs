using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Chunks of encodings 4 to 6, which later versions of Prometheus write, as chunks of encodings 1 to 3: the same
/// samples without
/// their start timestamps.</summary>
/// <remarks>They are read where they arrive (blocks, head chunk files, snapshots) and never written: readers of ours, Thanos
/// Query among
/// them, know encodings 1 to 3 only. Layout: docs/formats/chunks.md. Reasons: decision 0105.</remarks>
internal static class LaterEncodings
{
    /// <summary>Bits of the sample count of encodings 5 and 6; the two above are the counter reset header.</summary>
    private const int HistogramCountMask = 0x3fff;

    /// <summary>Whether a chunk must be converted.</summary>
    public static bool Includes(ChunkEncoding encoding) =>
        encoding is >= ChunkEncoding.Xor2 and <= ChunkEncoding.FloatHistogramSt;

    /// <summary>Whether a chunk can be read, if need be after conversion.</summary>
    public static bool IsKnown(ChunkEncoding encoding) => encoding is >= ChunkEncoding.Xor and <= ChunkEncoding.FloatHistogramSt;

    /// <summary>What the samples of a chunk are encoded in once it is converted.</summary>
    public static ChunkEncoding Plain(ChunkEncoding encoding) =>
        Includes(encoding) ? encoding - ChunkEncoding.Xor2 + ChunkEncoding.Xor : encoding;

    /// <summary>The number of samples a chunk of any known encoding says it holds; 0 when it is too short to say.</summary>
    public static int SampleCount(ReadOnlySpan<byte> chunk, ChunkEncoding encoding)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(chunk, out var count)) return 0;
        return encoding is ChunkEncoding.HistogramSt or ChunkEncoding.FloatHistogramSt ? count & HistogramCountMask : count;
    }

    /// <summary>Appends a chunk with the same samples in the plain encoding.</summary>
    /// <param name="chunk">The chunk's stream.</param>
    /// <param name="encoding">4, 5 or 6.</param>
    /// <param name="into">Gets the chunk behind what it holds already; nothing when the result is false.</param>
    /// <returns>False when the chunk is malformed.</returns>
    public static bool TryConvert(ReadOnlySpan<byte> chunk, ChunkEncoding encoding, ByteBuffer into) =>
        encoding == ChunkEncoding.Xor2 ? TryConvertFloats(chunk, into) : TryConvertHistograms(chunk, encoding, into);

    private static bool TryConvertFloats(ReadOnlySpan<byte> chunk, ByteBuffer into)
    {
        var samples = new Xor2ChunkIterator(chunk);
        // Every sample takes a bit at least, so a count that the bytes cannot hold reserves no memory.
        var countMax = Math.Min(samples.SampleCount, chunk.Length * 8);
        var room = XorChunk.HeaderBytes + (countMax * XorChunk.SampleSizeMaxBytes);
        var to = into.GetSpan(room)[..room];
        to.Clear();
        var state = default(XorAppendState);
        while (samples.MoveNext()) XorChunk.TryAppend(ref state, to, samples.TimestampMs, samples.ValueBits);
        if (samples.IsFailed) return false;
        into.Advance(Math.Max(state.LengthBytes, XorChunk.HeaderBytes));
        return true;
    }

    private static bool TryConvertHistograms(ReadOnlySpan<byte> chunk, ChunkEncoding encoding, ByteBuffer into)
    {
        var samples = new HistogramChunkIterator(chunk, encoding, new HistogramSample());
        if (samples.IsFailed) return false;
        var encoder = new HistogramEncoder(samples.IsFloat, samples.Layout ?? new HistogramLayout(), samples.Header);
        while (samples.MoveNext()) encoder.Append(samples.TimestampMs, samples.Current);
        if (samples.IsFailed) return false;
        into.Write(encoder.Bytes);
        return true;
    }
}
