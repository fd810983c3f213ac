using System.Numerics;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Writes the numbers of a histogram chunk's samples, with what is remembered of the samples before.</summary>
/// <remarks>Layout: docs/formats/chunks.md. The forms are those of <see cref="Varbit"/> and <see cref="XorValue"/>, which read
/// them; here without a branch for the size of a number, since sizes of neighbours have nothing to do with each other.</remarks>
internal static class HistogramNumbers
{
    /// <summary>A window that was never opened, as <see cref="WriteFloat"/> has them: leading zeros, above them trailing
    /// ones.</summary>
    public const ushort NoWindow = XorValue.NoWindow;

    /// <summary>Most bytes of one number: 77 bits of an XORed value.</summary>
    public const int SizeMaxBytes = 10;

    /// <summary>Writes numbers as they are: signed integers, or all bits of floats.</summary>
    public static void WriteFirst(ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> values, bool isFloat)
    {
        var to = writer;
        foreach (var value in values)
        {
            if (isFloat) to.PutWide(value, 64);
            else WriteInteger(ref to, (long)value);
        }
        writer = to;
    }

    /// <summary>Writes one unsigned number; see <see cref="Varbit.WriteUint"/>.</summary>
    public static void WriteUnsigned(ref PackedBitWriter writer, ulong value) =>
        WriteForm(ref writer, value, 64 - BitOperations.LeadingZeroCount(value));

    /// <summary>Writes integers as changes of their differences to the sample before.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="last">The numbers before; replaced.</param>
    /// <param name="delta">Their last differences; replaced.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteIntegers(
        ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> values, Span<ulong> last, Span<ulong> delta)
    {
        var to = writer; // A copy lives in registers.
        var done = IntegerVectors.IsSupported ? IntegerVectors.Write(ref to, values, last, delta) : 0;
        for (var i = done; i < values.Length && i < last.Length && i < delta.Length; i++)
        {
            var next = values[i] - last[i];
            WriteInteger(ref to, (long)(next - delta[i]));
            delta[i] = next;
            last[i] = values[i];
        }
        writer = to;
    }

    /// <summary>Writes floats as XOR with the sample before.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">Their bits.</param>
    /// <param name="last">The bits before; replaced.</param>
    /// <param name="windows">The window of each number; replaced.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteFloats(
        ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> values, Span<ulong> last, Span<ushort> windows)
    {
        var to = writer;
        var done = FloatVectors.IsSupported ? FloatVectors.Write(ref to, values, last, windows) : 0;
        for (var i = done; i < values.Length && i < last.Length && i < windows.Length; i++)
        {
            var difference = values[i] ^ last[i];
            if (difference == 0)
            {
                to.Put(0, 1);
                continue;
            }
            WriteDifference(ref to, difference, ref windows[i]);
            last[i] = values[i];
        }
        writer = to;
    }

    /// <summary>Writes one signed number; see <see cref="Varbit.WriteInt"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteInteger(ref PackedBitWriter writer, long value) =>
        WriteForm(ref writer, (ulong)value, Varbit.SignificantBits(value));

    /// <summary>Writes one value as XOR; see <see cref="XorValue.Write"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteFloat(ref PackedBitWriter writer, ulong difference, ref ushort window)
    {
        if (difference == 0) writer.Put(0, 1);
        else WriteDifference(ref writer, difference, ref window);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteForm(ref PackedBitWriter writer, ulong value, int significantBits)
    {
        int bits = Varbit.PayloadBits[significantBits], totalBits = Varbit.TotalBits[significantBits];
        if (totalBits > PackedBitWriter.PutBitsMax)
        {
            writer.Put(bits == 64 ? 0xffu : 0xfeu, 8);
            writer.PutWide(value & (ulong.MaxValue >> (64 - bits)), bits);
            return;
        }
        // Ones down to the zero in front of the payload.
        var prefix = ((1ul << totalBits) - 1) ^ ((2ul << bits) - 1);
        writer.Put(prefix | (value & ((1ul << bits) - 1)), totalBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteDifference(ref PackedBitWriter writer, ulong difference, ref ushort window)
    {
        var zerosBefore = Math.Min(BitOperations.LeadingZeroCount(difference), 31);
        var zerosBehind = BitOperations.TrailingZeroCount(difference);
        var (leading, trailing) = ((int)(byte)window, window >> 8);
        ulong header;
        int headerBits, significant;
        if (zerosBefore >= leading && zerosBehind >= trailing)
        {
            (header, headerBits, significant) = (0b10, 2, 64 - leading - trailing);
        }
        else
        {
            significant = 64 - zerosBefore - zerosBehind;
            header = (0b11ul << 11) | ((ulong)(uint)zerosBefore << 6) | ((uint)significant & 63);
            headerBits = 13;
            trailing = zerosBehind;
            window = (ushort)(zerosBefore | (zerosBehind << 8));
        }
        var bits = difference >> trailing;
        if (headerBits + significant <= PackedBitWriter.PutBitsMax)
        {
            writer.Put((header << significant) | bits, headerBits + significant);
            return;
        }
        writer.Put(header, headerBits);
        writer.PutWide(bits, significant);
    }
}
