using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tsdb.Chunks;

/// <summary>Appends float samples to XOR chunks: delta-of-delta times, XORed values.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Bytes are those upstream writes for the same samples.</remarks>
internal static class XorChunk
{
    /// <summary>Most bytes a sample can add: 10 varint bytes of the second sample's delta and 77 bits of value.</summary>
    public const int SampleSizeMaxBytes = 20;

    /// <summary>Most samples a chunk can count: the count is 16 bits.</summary>
    public const int SampleCountMax = ushort.MaxValue;

    /// <summary>Bytes of the sample count at the start of a chunk.</summary>
    internal const int HeaderBytes = 2;

    /// <summary>Appends one sample in place.</summary>
    /// <param name="state">The chunk's state; unchanged when the result is false.</param>
    /// <param name="chunk">The chunk's whole buffer; the bytes in use and as much room behind them as there is.</param>
    /// <param name="timestampMs">Unix milliseconds, later than the last one (not checked).</param>
    /// <param name="valueBits">IEEE 754 bits of the value; stale markers and other NaN payloads are kept.</param>
    /// <returns>False when the buffer is too small for this sample (at most <see cref="SampleSizeMaxBytes"/> are missing):
    /// grow and retry.</returns>
    /// <exception cref="InvalidOperationException">The chunk has <see cref="SampleCountMax"/> samples already.</exception>
    public static bool TryAppend(ref XorAppendState state, Span<byte> chunk, long timestampMs, ulong valueBits)
    {
        if (state.SampleCount < 2) return TryBegin(ref state, chunk, timestampMs, valueBits);
        if (state.SampleCount == SampleCountMax) ThrowFull();
        var writer = new BitWriter(chunk, state.BitLength);
        var delta = timestampMs - state.LastTimestampMs;
        var change = delta - state.LastDeltaMs;
        ulong prefix = 0;
        var prefixBits = 1;
        if (change != 0) prefix = Classify(ref writer, change, out prefixBits);
        var (leading, trailing) = (state.Leading, state.Trailing);
        XorValue.Write(ref writer, prefix, prefixBits, valueBits ^ state.LastValueBits, ref leading, ref trailing);
        if (writer.Overflowed) return Undo(in state, chunk);
        state.LastDeltaMs = delta;
        Finish(ref state, chunk, in writer, timestampMs, valueBits, leading, trailing);
        return true;
    }

    /// <summary>Rebuilds the state of a chunk from its bytes, so that appending can go on.</summary>
    /// <returns>False when the bytes are not a chunk; the state is then empty.</returns>
    public static bool TryResume(ReadOnlySpan<byte> chunk, out XorAppendState state)
    {
        state = default;
        var samples = new XorChunkIterator(chunk);
        while (samples.MoveNext())
        {
        }
        if (samples.IsFailed) return false;
        if (samples.SampleCount > 0) state = samples.AppendState;
        return true;
    }

    /// <summary>The number of samples a chunk says it holds; 0 when it is too short to say.</summary>
    public static int SampleCount(ReadOnlySpan<byte> chunk) =>
        BinaryPrimitives.TryReadUInt16BigEndian(chunk, out var count) ? count : 0;

    /// <summary>The bits of a changed delta, at most 24 of them; the longest form is written at once and leaves none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Classify(ref BitWriter writer, long change, out int bits)
    {
        // n payload bits hold -(2^(n-1) - 1) … 2^(n-1): the asymmetry is upstream's.
        if (change is >= -8191 and <= 8192)
        {
            bits = 2 + 14;
            return (0b10ul << 14) | ((ulong)change & 0x3fff);
        }
        if (change is >= -65535 and <= 65536)
        {
            bits = 3 + 17;
            return (0b110ul << 17) | ((ulong)change & 0x1ffff);
        }
        if (change is >= -524287 and <= 524288)
        {
            bits = 4 + 20;
            return (0b1110ul << 20) | ((ulong)change & 0xfffff);
        }
        writer.Write(0b1111, 4);
        writer.Write((ulong)change, 64);
        bits = 0;
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(
        ref XorAppendState state,
        Span<byte> chunk,
        in BitWriter writer,
        long timestampMs,
        ulong valueBits,
        byte leading,
        byte trailing)
    {
        state.LastTimestampMs = timestampMs;
        state.LastValueBits = valueBits;
        state.BitLength = writer.BitLength;
        state.Leading = leading;
        state.Trailing = trailing;
        BinaryPrimitives.WriteUInt16BigEndian(chunk, ++state.SampleCount);
    }

    /// <summary>The first sample is stored whole, the second with a plain delta.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryBegin(ref XorAppendState state, Span<byte> chunk, long timestampMs, ulong valueBits)
    {
        byte leading = XorValue.NoWindow, trailing = 0;
        var writer = new BitWriter(chunk, state.SampleCount == 0 ? HeaderBytes * 8 : state.BitLength);
        long delta = 0;
        if (state.SampleCount == 0)
        {
            if (chunk.Length < HeaderBytes) return false;
            writer.WriteUvarint(Memory.Varint.ZigZag(timestampMs));
            writer.Write(valueBits, 64);
        }
        else
        {
            delta = timestampMs - state.LastTimestampMs;
            writer.WriteUvarint((ulong)delta);
            XorValue.Write(ref writer, 0, 0, valueBits ^ state.LastValueBits, ref leading, ref trailing);
        }
        if (writer.Overflowed) return state.SampleCount != 0 && Undo(in state, chunk);
        state.LastDeltaMs = delta;
        Finish(ref state, chunk, in writer, timestampMs, valueBits, leading, trailing);
        return true;
    }

    /// <summary>Clears the bits a failed append left in the last byte, which must be zero behind the chunk's end.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Undo(in XorAppendState state, Span<byte> chunk)
    {
        var used = (int)(state.BitLength & 7);
        if (used != 0) chunk[(int)(state.BitLength >> 3)] &= (byte)~(0xff >> used);
        return false;
    }

    private static void ThrowFull() =>
        throw new InvalidOperationException("BUG: chunk holds 65535 samples, the most its count can say");
}
