using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tsdb.Chunks;

/// <summary>The form in which a 64-bit value follows another one: their XOR, without the zeros on both sides where that
/// pays.</summary>
/// <remarks>Layout: docs/formats/chunks.md. A stream of values has a window: the zeros left out on either side.</remarks>
internal static class XorValue
{
    /// <summary>Leading zeros of a window that was never opened; larger than any count, so the first difference opens
    /// one.</summary>
    public const byte NoWindow = XorAppendState.NoWindow;

    /// <summary>Writes pending bits, then a difference.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="prefix">Pending bits that go before, right-aligned.</param>
    /// <param name="prefixBits">How many, 0 to 24.</param>
    /// <param name="difference">The value XOR the value before.</param>
    /// <param name="leading">The window's leading zeros; updated.</param>
    /// <param name="trailing">The window's trailing zeros; updated.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(
        ref BitWriter writer, ulong prefix, int prefixBits, ulong difference, ref byte leading, ref byte trailing)
    {
        if (difference == 0)
        {
            writer.Write(prefix << 1, prefixBits + 1);
            return;
        }
        // The leading count is stored in five bits.
        var zerosBefore = Math.Min(BitOperations.LeadingZeroCount(difference), 31);
        var zerosBehind = BitOperations.TrailingZeroCount(difference);
        if (zerosBefore >= leading && zerosBehind >= trailing)
        {
            writer.Write((prefix << 2) | 0b10, prefixBits + 2);
            writer.Write(difference >> trailing, 64 - leading - trailing);
            return;
        }
        var significant = 64 - zerosBefore - zerosBehind;
        // 2 control bits, 5 bits of leading zeros, 6 bits of length in which 64 wraps to 0.
        var header = (0b11ul << 11) | ((ulong)zerosBefore << 6) | ((ulong)significant & 63);
        writer.Write((prefix << 13) | header, prefixBits + 13);
        writer.Write(difference >> zerosBehind, significant);
        (leading, trailing) = ((byte)zerosBefore, (byte)zerosBehind);
    }

    /// <summary>Reads a difference.</summary>
    /// <param name="reader">Where from; fails on a window wider than the value.</param>
    /// <param name="leading">The window's leading zeros, 0 before any was read; updated.</param>
    /// <param name="trailing">The window's trailing zeros; updated.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ref BitReader reader, ref byte leading, ref byte trailing)
    {
        var bits = reader.Peek();
        if ((long)bits >= 0)
        {
            reader.Skip(1);
            return 0;
        }
        if ((bits & (1ul << 62)) == 0)
        {
            reader.Skip(2);
        }
        else
        {
            reader.Skip(2 + 5 + 6);
            var zerosBefore = (int)(bits >> (64 - 7)) & 31;
            var significant = (int)(bits >> (64 - 13)) & 63;
            var zerosBehind = 64 - zerosBefore - (significant == 0 ? 64 : significant);
            if (zerosBehind < 0)
            {
                reader.Fail();
                return 0;
            }
            (leading, trailing) = ((byte)zerosBefore, (byte)zerosBehind);
        }
        return reader.Read(64 - leading - trailing) << trailing;
    }
}
