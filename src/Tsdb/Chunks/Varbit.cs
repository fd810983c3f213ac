using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tsdb.Chunks;

/// <summary>Integers of histogram chunks: a run of ones tells the size class, then come the low bits of the number.</summary>
/// <remarks>Layout: docs/formats/chunks.md.</remarks>
internal static class Varbit
{
    /// <summary>Most bits a number takes.</summary>
    public const int BitsMax = 72;

    /// <summary>Payload bits of the classes 1 to 8; class 0 is the number zero. A class' prefix is its number in ones, then a
    /// zero, which the last class leaves out.</summary>
    private static ReadOnlySpan<byte> ClassBits => [3, 6, 9, 12, 18, 25, 56, 64];

    /// <summary>The class that holds so many bits, 1 to 64, and 65 for the lowest number of all; 0 stands for the number
    /// zero.</summary>
    private static ReadOnlySpan<byte> Classes =>
    [
        0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8,
    ];

    /// <summary>Payload bits by significant bits, as <see cref="Classes"/> has them.</summary>
    public static ReadOnlySpan<byte> PayloadBits =>
    [
        0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 12, 12, 12, 18, 18, 18, 18, 18, 18, 25, 25, 25,
        25, 25, 25, 25, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56,
        56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    ];

    /// <summary>All bits, prefix included, by significant bits.</summary>
    public static ReadOnlySpan<byte> TotalBits =>
    [
        1, 5, 5, 5, 9, 9, 9, 13, 13, 13, 17, 17, 17, 24, 24, 24, 24, 24, 24, 32, 32, 32,
        32, 32, 32, 32, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
        64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 72, 72, 72, 72, 72, 72, 72, 72, 72,
    ];

    /// <summary>Writes a signed number: n bits hold -(2^(n-1) - 1) to 2^(n-1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteInt(ref BitWriter writer, long value) => Write(ref writer, (ulong)value, SignificantBits(value));

    /// <summary>Writes an unsigned number: n bits hold up to 2^n - 1.</summary>
    public static void WriteUint(ref BitWriter writer, ulong value) =>
        Write(ref writer, value, 64 - BitOperations.LeadingZeroCount(value));

    /// <summary>Reads what <see cref="WriteInt"/> wrote.</summary>
    public static long ReadInt(ref BitReader reader)
    {
        var payload = ReadPayload(ref reader, out var bits);
        return bits is > 0 and < 64 && payload > 1ul << (bits - 1) ? (long)payload - (1L << bits) : (long)payload;
    }

    /// <summary>Reads what <see cref="WriteUint"/> wrote.</summary>
    public static ulong ReadUint(ref BitReader reader) => ReadPayload(ref reader, out _);

    /// <summary>Bits that tell a signed number's class, 0 to 65; an unsigned one's are as many as it has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SignificantBits(long value)
    {
        // Moving negative numbers up by one makes the positive limit of each class a power of two for both signs.
        var magnitude = value > 0 ? (ulong)value - 1 : ~(ulong)value + 1;
        return value == 0 ? 0 : 65 - BitOperations.LeadingZeroCount(magnitude);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(ref BitWriter writer, ulong value, int bitsNeeded)
    {
        if (bitsNeeded == 0)
        {
            writer.Write(0, 1);
            return;
        }
        var ones = Classes[bitsNeeded];
        var bits = ClassBits[ones - 1];
        if (bits == 64)
        {
            writer.Write(0xff, 8);
            writer.Write(value, 64);
            return;
        }
        // Prefix and payload of every other class fit one word.
        writer.Write((((1ul << ones) - 1) << (bits + 1)) | (value & ((1ul << bits) - 1)), ones + 1 + bits);
    }

    private static ulong ReadPayload(ref BitReader reader, out int bits)
    {
        var ones = Math.Min(BitOperations.LeadingZeroCount(~reader.Peek()), ClassBits.Length);
        bits = ones == 0 ? 0 : ClassBits[ones - 1];
        reader.Skip(ones == ClassBits.Length ? ones : ones + 1);
        return bits == 0 ? 0 : reader.Read(bits);
    }
}
