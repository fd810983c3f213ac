using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Writes eight integers of a histogram chunk at once, where the processor can.</summary>
/// <remarks>Same bits as <see cref="HistogramNumbers.WriteInteger"/>. Sizes are looked up for all eight, and neighbours joined to
/// one word, two or four of them, so that fewer writes follow one another.</remarks>
internal static class IntegerVectors
{
    private const int Lanes = 8;

    /// <summary>Most significant bits of a number whose form takes 32 bits, so that two of them fit a word.</summary>
    private const ulong SignificantMax = 25;

    /// <summary>Swaps the two words of each pair.</summary>
    private const byte SwapPairs = 0b01_00_11_10;

    /// <summary>Swaps the two pairs of each half.</summary>
    private const byte SwapQuarters = 0b10_11_00_01;

    /// <summary>Whether the processor has what it takes.</summary>
    public static bool IsSupported => Avx512CD.IsSupported && Avx512Vbmi.IsSupported && BitConverter.IsLittleEndian;

    /// <summary>Writes as many whole eights as there are.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="last">The numbers before; replaced.</param>
    /// <param name="delta">Their last differences; replaced.</param>
    /// <returns>Numbers written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Write(
        ref PackedBitWriter writer, scoped ReadOnlySpan<ulong> values, Span<ulong> last, Span<ulong> delta)
    {
        var to = writer;
        var (payloads, totals) = (Vector512.Create(Varbit.PayloadBits), Vector512.Create(Varbit.TotalBits));
        var (one, lowByte) = (Vector512<ulong>.One, Vector512.Create(0xfful));
        Span<ulong> words = stackalloc ulong[Lanes];
        Span<ulong> sizes = stackalloc ulong[Lanes];
        var at = 0;
        for (; at <= values.Length - Lanes; at += Lanes)
        {
            var value = Vector512.Create(values[at..]);
            var next = value - Vector512.Create((ReadOnlySpan<ulong>)last[at..]);
            var change = next - Vector512.Create((ReadOnlySpan<ulong>)delta[at..]);
            value.CopyTo(last[at..]);
            next.CopyTo(delta[at..]);
            var isPositive = Vector512.GreaterThan(change.AsInt64(), Vector512<long>.Zero).AsUInt64();
            // As Varbit has it: negative numbers move up by one, so that both signs have the same limits.
            var magnitude = Vector512.ConditionalSelect(isPositive, change - one, Vector512<ulong>.Zero - change);
            var significant = Vector512.Create(65ul) - Avx512CD.LeadingZeroCount(magnitude);
            significant = Vector512.AndNot(significant, Vector512.Equals(change, Vector512<ulong>.Zero));
            if (Vector512.GreaterThanAny(significant, Vector512.Create(SignificantMax)))
            {
                change.CopyTo(words);
                foreach (var word in words) HistogramNumbers.WriteInteger(ref to, (long)word);
                continue;
            }
            var payload = Avx512Vbmi.PermuteVar64x8(payloads, significant.AsByte()).AsUInt64() & lowByte;
            var total = Avx512Vbmi.PermuteVar64x8(totals, significant.AsByte()).AsUInt64() & lowByte;
            var below = Avx512F.ShiftLeftLogicalVariable(one, payload); // The lowest bit above the payload.
            var prefix = (Avx512F.ShiftLeftLogicalVariable(one, total) - one) ^ (below + below - one);
            var bits = prefix | (change & (below - one));
            var nextBits = Avx512F.Shuffle(bits.AsUInt32(), SwapPairs).AsUInt64();
            var nextTotal = Avx512F.Shuffle(total.AsUInt32(), SwapPairs).AsUInt64();
            bits = Avx512F.ShiftLeftLogicalVariable(bits, nextTotal) | nextBits;
            total += nextTotal;
            // Of steady counters four fit a word nearly always: then a pair joins the next one.
            nextBits = Avx512F.Shuffle4x128(bits, bits, SwapQuarters);
            nextTotal = Avx512F.Shuffle4x128(total, total, SwapQuarters);
            if (Vector512.LessThanOrEqualAll(total + nextTotal, Vector512.Create((ulong)PackedBitWriter.PutBitsMax)))
            {
                bits = Avx512F.ShiftLeftLogicalVariable(bits, nextTotal) | nextBits;
                total += nextTotal;
                to.Put(bits[0], (int)total[0]);
                to.Put(bits[4], (int)total[4]);
                continue;
            }
            bits.CopyTo(words);
            total.CopyTo(sizes);
            for (var i = 0; i < Lanes; i += 2) to.PutWide(words[i], (int)sizes[i]);
        }
        writer = to;
        return at;
    }
}
