using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Chunks;

/// <summary>Counts of integer buckets from their differences to the bucket before, eight at once, where the processor
/// can.</summary>
/// <remarks>Sums wrap as those of single numbers do.</remarks>
internal static class RunningSums
{
    private const int Lanes = 8;

    /// <summary>Whether the processor has what it takes.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Adds up as many whole eights as there are.</summary>
    /// <param name="numbers">The differences.</param>
    /// <param name="last">The count before the first; becomes that of the last.</param>
    /// <param name="signs">Becomes negative when a count is.</param>
    /// <param name="total">The counts are added to it.</param>
    /// <returns>Numbers taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Of(ReadOnlySpan<ulong> numbers, ref long last, ref long signs, ref ulong total)
    {
        var at = 0;
        if (numbers.Length < Lanes) return at;
        var before = Vector512.Create((ulong)last);
        var (bits, sums) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        for (; at <= numbers.Length - Lanes; at += Lanes)
        {
            var counts = Within(Vector512.Create(numbers[at..])) + before;
            before = Highest(counts);
            bits |= counts;
            sums += counts;
        }
        last = (long)before.ToScalar();
        if (Vector512.LessThanAny(bits.AsInt64(), Vector512<long>.Zero)) signs |= long.MinValue;
        total += Vector512.Sum(sums);
        return at;
    }

    /// <summary>Compares the counts of as many whole eights as there are.</summary>
    /// <param name="now">Differences of one histogram.</param>
    /// <param name="old">As many of another one.</param>
    /// <param name="lastNow">The count before the first; becomes that of the last.</param>
    /// <param name="lastOld">The other one's.</param>
    /// <param name="isBelow">Becomes true when a count is lower than the other one's, both signed.</param>
    /// <returns>Numbers taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int AreBelow(
        ReadOnlySpan<ulong> now, ReadOnlySpan<ulong> old, ref long lastNow, ref long lastOld, ref bool isBelow)
    {
        var at = 0;
        if (now.Length < Lanes) return at;
        var (beforeNow, beforeOld) = (Vector512.Create((ulong)lastNow), Vector512.Create((ulong)lastOld));
        var lower = Vector512<long>.Zero;
        for (; at <= now.Length - Lanes && at <= old.Length - Lanes; at += Lanes)
        {
            var countsNow = Within(Vector512.Create(now[at..])) + beforeNow;
            var countsOld = Within(Vector512.Create(old[at..])) + beforeOld;
            (beforeNow, beforeOld) = (Highest(countsNow), Highest(countsOld));
            lower |= Vector512.LessThan(countsNow.AsInt64(), countsOld.AsInt64());
        }
        (lastNow, lastOld) = ((long)beforeNow.ToScalar(), (long)beforeOld.ToScalar());
        isBelow |= lower != Vector512<long>.Zero;
        return at;
    }

    /// <summary>Each number with those before it in the eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Within(Vector512<ulong> numbers)
    {
        var sums = numbers + Avx512F.AlignRight64(numbers, Vector512<ulong>.Zero, Lanes - 1);
        sums += Avx512F.AlignRight64(sums, Vector512<ulong>.Zero, Lanes - 2);
        return sums + Avx512F.AlignRight64(sums, Vector512<ulong>.Zero, Lanes - 4);
    }

    /// <summary>The last number everywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Highest(Vector512<ulong> counts) =>
        Avx512F.PermuteVar8x64(counts, Vector512.Create((ulong)(Lanes - 1)));
}
