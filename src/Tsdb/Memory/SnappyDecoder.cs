using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tsdb.Memory;

/// <summary>Decodes the elements of a snappy block.</summary>
/// <remarks>
/// Two loops over the same elements: while 80 output bytes are left, every move is done in whole 16-byte vectors that may
/// write past
/// the element (never past the output); at the end, exact moves. Each element's length and offset are checked before it moves.
/// </remarks>
internal static unsafe class SnappyDecoder
{
    private const int VectorBytes = 16;

    // A copy is at most 64 bytes. A repeated pattern advances by at least 9 and writes 16, so it ends before 63 + 16 = 79.
    private const int WideMoveSlackBytes = 80;

    // Literals longer than 60 bytes carry their length in 1 to 4 bytes of their own.
    private const uint ShortLiteralLengthMax = 60;

    /// <summary>Decodes elements until the input ends; they must fill the output exactly.</summary>
    public static SnappyStatus Decode(ReadOnlySpan<byte> elements, Span<byte> output)
    {
        fixed (byte* input = &MemoryMarshal.GetReference(elements))
        fixed (byte* start = &MemoryMarshal.GetReference(output))
        {
            return Decode(input, input + elements.Length, start, start + output.Length);
        }
    }

    // Optimized at once: a request is one call, so the usual thirty calls and the pause after them are seconds of slow code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static SnappyStatus Decode(byte* from, byte* fromEnd, byte* start, byte* end)
    {
        var to = start;
        while (from < fromEnd)
        {
            uint tag = *from++;
            nuint length;
            if ((tag & 3) == 0)
            {
                if (!TryLiteralLength(tag >> 2, ref from, fromEnd, out length)) return SnappyStatus.Truncated;
                if (length > (nuint)(fromEnd - from)) return SnappyStatus.Truncated;
                if (length > (nuint)(end - to)) return SnappyStatus.TooLong;
                CopyLiteral(from, fromEnd, to, end, length);
                from += length;
                to += length;
                continue;
            }
            if (!TryCopy(tag, ref from, fromEnd, out length, out var offset)) return SnappyStatus.Truncated;
            // Unsigned: an offset of 0 wraps around and fails as well.
            if (offset - 1 >= (nuint)(to - start)) return SnappyStatus.BadOffset;
            if (length > (nuint)(end - to)) return SnappyStatus.TooLong;
            if (end - to >= WideMoveSlackBytes)
                CopyWide(to, offset, length);
            else
                CopyExact(to, offset, length);
            to += length;
        }
        return to == end ? SnappyStatus.Ok : SnappyStatus.TooShort;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryLiteralLength(uint code, ref byte* from, byte* end, out nuint length)
    {
        length = code + 1;
        if (code < ShortLiteralLengthMax) return true;
        var bytes = (int)(code - ShortLiteralLengthMax + 1);
        if (end - from < bytes) return false;
        length = 0;
        for (var i = 0; i < bytes; i++) length |= (nuint)from[i] << (8 * i);
        length++;
        from += bytes;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCopy(uint tag, ref byte* from, byte* end, out nuint length, out nuint offset)
    {
        (length, offset) = ((tag >> 2) + 1, 0);
        switch (tag & 3)
        {
            case 1:
                if (end - from < 1) return false;
                length = 4 + ((tag >> 2) & 7);
                offset = ((tag >> 5) << 8) | *from;
                from++;
                return true;
            case 2:
                if (end - from < 2) return false;
                offset = Unsafe.ReadUnaligned<ushort>(from);
                from += 2;
                return true;
            default:
                if (end - from < 4) return false;
                offset = Unsafe.ReadUnaligned<uint>(from);
                from += 4;
                return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLiteral(byte* from, byte* fromEnd, byte* to, byte* end, nuint length)
    {
        if (length > ShortLiteralLengthMax || fromEnd - from < WideMoveSlackBytes || end - to < WideMoveSlackBytes)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)length);
            return;
        }
        for (nuint i = 0; i < length; i += VectorBytes) Vector128.Load(from + i).Store(to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyWide(byte* to, nuint offset, nuint length)
    {
        if (offset >= VectorBytes)
        {
            for (nuint i = 0; i < length; i += VectorBytes) Vector128.Load(to - offset + i).Store(to + i);
            return;
        }
        Repeat(to, offset, length);
    }

    /// <summary>A copy that overlaps itself repeats the last <paramref name="offset"/> bytes: build 16 of them, store them
    /// over and over.</summary>
    private static void Repeat(byte* to, nuint offset, nuint length)
    {
        byte* pattern = stackalloc byte[VectorBytes];
        for (nuint i = 0, j = 0; i < VectorBytes; i++)
        {
            pattern[i] = *(to - offset + j);
            if (++j == offset) j = 0;
        }
        var repeated = Vector128.Load(pattern);
        var step = VectorBytes - (VectorBytes % offset); // Whole repetitions only, so that the next store continues the pattern.
        for (nuint i = 0; i < length; i += step) repeated.Store(to + i);
    }

    private static void CopyExact(byte* to, nuint offset, nuint length)
    {
        for (nuint i = 0; i < length; i++) to[i] = *(to - offset + i);
    }
}
