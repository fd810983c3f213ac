using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>LEB128 integers as Prometheus files and protobuf use them: low seven bits first, at most ten bytes.</summary>
public static class Varint
{
    /// <summary>Longest encoding of a 64-bit integer.</summary>
    public const int LengthMax = 10;

    /// <summary>Zigzag: small magnitudes of either sign become small unsigned numbers.</summary>
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>Inverse of <see cref="ZigZag"/>.</summary>
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Bytes that <see cref="Write(Span{byte}, ulong)"/> takes.</summary>
    public static int Length(ulong value) => 1 + (63 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Writes an unsigned varint.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> to, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) to[at++] = (byte)(value | 0x80);
        to[at++] = (byte)value;
        return at;
    }

    /// <summary>Writes a zigzag varint.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteSigned(Span<byte> to, long value) => Write(to, ZigZag(value));

    /// <summary>Writes zigzag varints, one behind the other: eight at once where the processor can, and else those of one or two
    /// bytes without asking which.</summary>
    /// <param name="to">At least <see cref="LengthMax"/> bytes for each number.</param>
    /// <param name="numbers">The bits of signed numbers.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteSigned(Span<byte> to, ReadOnlySpan<ulong> numbers)
    {
        if (to.Length < (long)numbers.Length * LengthMax)
            throw new ArgumentException("BUG: less room than numbers may take", nameof(to));
        ref var start = ref MemoryMarshal.GetReference(to);
        var at = 0;
        if (VarintVectors.IsSupported) numbers = numbers[VarintVectors.Write(ref start, numbers, out at)..];
        foreach (var number in numbers)
        {
            var value = ZigZag((long)number);
            if (value >= 1 << 14)
            {
                at += Write(to[at..], value);
                continue;
            }
            var hasSecond = value >= 0x80 ? 1u : 0;
            var both = (value & 0x7f) | (hasSecond << 7) | (value >> 7 << 8);
            var pair = BitConverter.IsLittleEndian ? (ushort)both : BinaryPrimitives.ReverseEndianness((ushort)both);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, at), pair);
            at += 1 + (int)hasSecond;
        }
        return at;
    }

    /// <summary>Reads an unsigned varint.</summary>
    /// <returns>Bytes read; 0 when the input ends early or the number needs more than 64 bits.</returns>
    public static int Read(ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        var length = Math.Min(from.Length, LengthMax);
        for (var i = 0; i < length; i++)
        {
            var b = from[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80) continue;
            return i == LengthMax - 1 && b > 1 ? 0 : i + 1;
        }
        return 0;
    }

    /// <summary>Reads a zigzag varint.</summary>
    /// <returns>Bytes read; 0 when the input ends early or the number needs more than 64 bits.</returns>
    public static int ReadSigned(ReadOnlySpan<byte> from, out long value)
    {
        var length = Read(from, out var raw);
        value = UnZigZag(raw);
        return length;
    }
}
