using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>Encodes the elements of a snappy block whose numbers of eight bytes are known: nothing is searched, each number is
/// compared with the one in front of it.</summary>
/// <remarks>Doubles of few digits differ from their neighbours in the middle: the zeros at the end of one and the exponent of the
/// next are one copy from eight bytes back. A run that begins as the last one of its length did, and the bytes in front of it,
/// is a copy of that. Everything else is taken as it is. Layout: docs/formats/snappy.md.</remarks>
internal static unsafe class SnappyWords
{
    private const int WordBytes = sizeof(ulong);

    /// <summary>Shorter copies save nothing: two bytes, and the one of the literal that they interrupt.</summary>
    private const int CopyLengthMin = 4;

    /// <summary>Runs are remembered by the lowest bits of their length: those of an entry seldom have the same.</summary>
    private const int LengthsMask = 15;

    /// <summary>Encodes all of <paramref name="input"/>; the output is known to be long enough.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="runs">Where numbers are: inside the input, in order, none over another.</param>
    /// <param name="output">Where to.</param>
    public static int Encode(ReadOnlySpan<byte> input, ReadOnlySpan<WordRun> runs, Span<byte> output)
    {
        var latest = stackalloc WordRun[LengthsMask + 1];
        new Span<WordRun>(latest, LengthsMask + 1).Clear();
        fixed (byte* start = &MemoryMarshal.GetReference(input))
        fixed (byte* to = &MemoryMarshal.GetReference(output))
        {
            var state = new SnappyElements { Start = start, End = start + input.Length, Literal = start, To = to };
            long free = 0;
            foreach (var run in runs)
            {
                if (run.At < free || run.Words < 0 || run.At + ((long)WordBytes * run.Words) > input.Length)
                    throw new ArgumentException("BUG: runs are not inside the input, or not in order", nameof(runs));
                free = run.At + ((long)WordBytes * run.Words);
                ref var before = ref latest[run.Words & LengthsMask];
                var at = start + run.At;
                var back = run.At - before.At;
                if (before.Words == run.Words && back is > 0 and <= SnappyElements.OffsetMax)
                    at = RepeatBeginning(ref state, at, start + free, back);
                before = run;
                EncodeRun(ref state, at, start + free);
            }
            state.EmitLiteral(state.End);
            return (int)(state.To - to);
        }
    }

    /// <summary>Encodes the numbers with which a run begins as another one did, and the bytes in front of them that are the same
    /// too.</summary>
    /// <returns>The first number that differs.</returns>
    private static byte* RepeatBeginning(ref SnappyElements state, byte* at, byte* end, int back)
    {
        var first = at;
        while (at < end && Load(at) == Load(at - back)) at += WordBytes;
        if (first - back - state.Start >= WordBytes && first - state.Literal > 0)
        {
            var same = BitOperations.LeadingZeroCount(Load(first - WordBytes) ^ Load(first - WordBytes - back)) >> 3;
            first -= Math.Min(same, first - state.Literal);
        }
        if (at - first < CopyLengthMin) return at; // Bytes in front of it, too few of them.
        state.EmitLiteral(first);
        state.EmitLongCopy((uint)back, (int)(at - first));
        return at;
    }

    private static void EncodeRun(ref SnappyElements state, byte* at, byte* end)
    {
        // The first number of all has none in front of it.
        if (at < end && at - state.Start < WordBytes) at += WordBytes;
        while (at < end)
        {
            if (SnappyWordVectors.IsSupported && end - at >= SnappyWordVectors.GroupBytes)
            {
                at = SnappyWordVectors.Encode(ref state, at, end);
                if (end - at >= SnappyWordVectors.GroupBytes)
                    at = EncodePart(ref state, at, at + SnappyWordVectors.GroupBytes, end);
            }
            else
            {
                at = EncodePart(ref state, at, end, end);
            }
        }
    }

    /// <summary>Encodes numbers one by one.</summary>
    /// <param name="state">Input and output.</param>
    /// <param name="at">The first; it has a number in front of it.</param>
    /// <param name="stop">Behind the last; equal ones are taken beyond it.</param>
    /// <param name="end">Behind the last of the run.</param>
    /// <returns>The first that was not looked at.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static byte* EncodePart(ref SnappyElements state, byte* at, byte* stop, byte* end)
    {
        var elements = state;
        for (; at < stop; at += WordBytes)
        {
            var word = Load(at);
            var difference = word ^ Load(at - WordBytes);
            if (difference == 0)
            {
                var behind = at + WordBytes;
                while (behind < end && behind - at < SnappyElements.CopyLengthMax && Load(behind) == word) behind += WordBytes;
                elements.EmitLiteral(at);
                elements.EmitCopy(WordBytes, (int)(behind - at));
                at = behind - WordBytes;
                continue;
            }
            var atEnd = BitOperations.LeadingZeroCount(difference) >> 3;
            var ofNext = 0;
            if (end - at > WordBytes)
            {
                // One that is the same as this is a copy of its own.
                var change = Load(at + WordBytes) ^ word;
                var begin = change == 0 ? 0 : BitOperations.TrailingZeroCount(change) >> 3;
                ofNext = Math.Min(begin, SnappyElements.NearLengthMax - atEnd);
            }
            if (atEnd + ofNext < CopyLengthMin) continue;
            elements.EmitLiteral(at + WordBytes - atEnd);
            elements.EmitCopy(WordBytes, atEnd + ofNext);
        }
        state = elements;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte* at) => Unsafe.ReadUnaligned<ulong>(at);
}
