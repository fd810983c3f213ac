using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Writes eight doubles of a histogram chunk at once, where the processor can.</summary>
/// <remarks>Same bits as <see cref="HistogramNumbers.WriteFloat"/>: whether a number fits its window, and its form, are found for
/// all eight without a branch, and neighbours joined to one word when they fit.</remarks>
internal static class FloatVectors
{
    private const int Lanes = 8;

    /// <summary>Swaps the two words of each pair.</summary>
    private const byte SwapPairs = 0b01_00_11_10;

    /// <summary>Whether the processor has what it takes.</summary>
    public static bool IsSupported => Avx512CD.IsSupported && BitConverter.IsLittleEndian;

    /// <summary>Writes as many whole eights as there are.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">The numbers' bits.</param>
    /// <param name="last">The bits before; replaced.</param>
    /// <param name="windows">The window of each; replaced.</param>
    /// <returns>Numbers written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Write(
        ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> values, Span<ulong> last, Span<ushort> windows)
    {
        var to = writer;
        Span<ulong> words = stackalloc ulong[Lanes];
        Span<ulong> sizes = stackalloc ulong[Lanes];
        var at = 0;
        for (; at <= values.Length - Lanes; at += Lanes)
        {
            var value = Vector512.Create(values[at..]);
            var difference = value ^ Vector512.Create((ReadOnlySpan<ulong>)last[at..]);
            value.CopyTo(last[at..]);
            var isSame = Vector512.Equals(difference, Vector512<ulong>.Zero);
            var window = Avx512F.ConvertToVector512UInt64(Vector128.Create((ReadOnlySpan<ushort>)windows[at..]));
            Form(difference, window, out var word, out var size, out var opened);
            size = Vector512.ConditionalSelect(isSame, Vector512<ulong>.One, size);
            if (Vector512.GreaterThanAny(size, Vector512.Create((ulong)PackedBitWriter.PutBitsMax)))
            {
                difference.CopyTo(words);
                for (var i = 0; i < Lanes; i++) HistogramNumbers.WriteFloat(ref to, words[i], ref windows[at + i]);
                continue;
            }
            Avx512F.ConvertToVector128UInt16(Vector512.ConditionalSelect(isSame, window, opened)).CopyTo(windows[at..]);
            word = Vector512.AndNot(word, isSame);
            // Counts have few digits, so that two of them fit a word.
            var nextWord = Avx512F.Shuffle(word.AsUInt32(), SwapPairs).AsUInt64();
            var nextSize = Avx512F.Shuffle(size.AsUInt32(), SwapPairs).AsUInt64();
            if (Vector512.LessThanOrEqualAll(size + nextSize, Vector512.Create((ulong)PackedBitWriter.PutBitsMax)))
            {
                (Avx512F.ShiftLeftLogicalVariable(word, nextSize) | nextWord).CopyTo(words);
                (size + nextSize).CopyTo(sizes);
                for (var i = 0; i < Lanes; i += 2) to.Put(words[i], (int)sizes[i]);
                continue;
            }
            word.CopyTo(words);
            size.CopyTo(sizes);
            for (var i = 0; i < Lanes; i++) to.Put(words[i], (int)sizes[i]);
        }
        writer = to;
        return at;
    }

    /// <summary>Bits and size of differences that are not zero, and the windows after them; see
    /// <see cref="XorValue.Write"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Form(
        Vector512<ulong> difference, Vector512<ulong> window,
        out Vector512<ulong> word, out Vector512<ulong> size, out Vector512<ulong> opened)
    {
        var all = Vector512.Create(64ul);
        var zerosBefore = Vector512.Min(Avx512CD.LeadingZeroCount(difference), Vector512.Create(31ul));
        var lowest = difference & (Vector512<ulong>.Zero - difference);
        var zerosBehind = Vector512.Create(63ul) - Avx512CD.LeadingZeroCount(lowest);
        var (leading, trailing) = (window & Vector512.Create(0xfful), window >>> 8);
        var fits = Vector512.GreaterThanOrEqual(zerosBefore, leading) & Vector512.GreaterThanOrEqual(zerosBehind, trailing);
        var significant = all - zerosBefore - zerosBehind;
        var header = Vector512.Create(0b11ul << 11) | (zerosBefore << 6) | (significant & Vector512.Create(63ul));
        opened = Vector512.ConditionalSelect(fits, window, zerosBefore | (zerosBehind << 8));
        significant = Vector512.ConditionalSelect(fits, all - leading - trailing, significant);
        header = Vector512.ConditionalSelect(fits, Vector512.Create(0b10ul), header);
        size = significant + Vector512.ConditionalSelect(fits, Vector512.Create(2ul), Vector512.Create(13ul));
        var bits = Avx512F.ShiftRightLogicalVariable(difference, Vector512.ConditionalSelect(fits, trailing, zerosBehind));
        word = Avx512F.ShiftLeftLogicalVariable(header, significant) | bits;
    }
}
