using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Memory;

/// <summary>Encodes eight numbers of a snappy block at once, where the processor can.</summary>
/// <remarks>For numbers that all have their copy and at most five bytes of their own, as doubles that count something have:
/// the element of each fits a word, and the eight are joined without a branch. Others are left to
/// <see cref="SnappyWords"/>.</remarks>
internal static unsafe class SnappyWordVectors
{
    /// <summary>Bytes of eight numbers.</summary>
    public const int GroupBytes = Lanes * sizeof(ulong);

    private const int Lanes = 8;
    private const ulong CopyLengthMin = 4;

    /// <summary>With the byte of the literal and the two of the copy they fill a word.</summary>
    private const ulong DigitsMax = 5;

    /// <summary>Whether the processor has what it takes.</summary>
    public static bool IsSupported => Avx512Vbmi2.IsSupported && Avx512CD.IsSupported && BitConverter.IsLittleEndian;

    private static Vector512<byte> IndexInWord => Vector512.Create(0x0706050403020100ul).AsByte();

    /// <summary>Spreads the lowest byte of each word over it; places count from each quarter of the vector.</summary>
    private static Vector512<byte> LowestByte =>
        Vector512.Create(Vector128.Create(0ul, 0x0808080808080808ul)).AsByte();

    /// <summary>Encodes as many whole eights as have such a form, one behind the other.</summary>
    /// <param name="state">Input and output.</param>
    /// <param name="at">The first; it has a number in front of it.</param>
    /// <param name="end">Behind the last of the run.</param>
    /// <returns>The first that was not encoded.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte* Encode(ref SnappyElements state, byte* at, byte* end)
    {
        var to = state.To;
        var shared = Vector512.Create((ulong)Math.Max(0, state.Literal - at));
        var hasBegun = false;
        // The last eight ends with the run, and the number behind it is no number: its lead is masked away. What is loaded is
        // inside the input nevertheless, or the eight is left to the other way.
        for (; end - at >= GroupBytes && state.End - at >= GroupBytes + sizeof(ulong); at += GroupBytes)
        {
            var word = Vector512.Load((ulong*)at);
            var difference = word ^ Vector512.Load((ulong*)(at - sizeof(ulong)));
            var change = Vector512.Load((ulong*)(at + sizeof(ulong))) ^ word;
            var isSame = Vector512.Equals(difference, Vector512<ulong>.Zero);
            var isNextSame = Vector512.Equals(change, Vector512<ulong>.Zero);
            var atEnd = Avx512CD.LeadingZeroCount(difference) >>> 3;
            var lowest = change & (Vector512<ulong>.Zero - change);
            var ofNext = (Vector512.Create(63ul) - Avx512CD.LeadingZeroCount(lowest)) >>> 3;
            ofNext = Vector512.AndNot(ofNext, isNextSame);
            ofNext = Vector512.Min(ofNext, Vector512.Create((ulong)SnappyElements.NearLengthMax) - atEnd);
            if (end - at == GroupBytes) ofNext = ofNext.WithElement(Lanes - 1, 0ul);
            var copied = atEnd + ofNext;
            var lead = Avx512F.AlignRight64(ofNext, shared, Lanes - 1);
            var digits = Vector512.Create(8ul) - lead - atEnd;
            var isOther = Vector512.LessThan(copied, Vector512.Create(CopyLengthMin))
                | Vector512.GreaterThan(digits, Vector512.Create(DigitsMax)) | (isSame & isNextSame);
            if (isOther != Vector512<ulong>.Zero) break;
            if (!hasBegun)
            {
                if (state.Literal < at) state.EmitLiteral(at);
                to = state.To;
                hasBegun = true;
            }
            var elements = Form(word, lead, digits, copied, out var lengths);
            var isUsed = Vector512.LessThan(IndexInWord, Avx512BW.Shuffle(lengths.AsByte(), LowestByte));
            Avx512Vbmi2.Compress(Vector512<byte>.Zero, isUsed, elements.AsByte()).Store(to);
            to += BitOperations.PopCount(isUsed.ExtractMostSignificantBits());
            shared = ofNext;
        }
        if (!hasBegun) return at;
        state.To = to;
        state.Literal = at + shared[Lanes - 1];
        return at;
    }

    /// <summary>The bytes of a literal and a copy for each number, and how many they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Form(
        Vector512<ulong> word, Vector512<ulong> lead, Vector512<ulong> digits, Vector512<ulong> copied,
        out Vector512<ulong> lengths)
    {
        var one = Vector512<ulong>.One;
        var hasNone = Vector512.Equals(digits, Vector512<ulong>.Zero); // Then the copy is all.
        var own = Avx512F.ShiftRightLogicalVariable(word, lead << 3)
            & (Avx512F.ShiftLeftLogicalVariable(one, digits << 3) - one);
        var literal = Vector512.AndNot(((digits - one) << 2) | (own << 8), hasNone);
        var literalBytes = Vector512.AndNot(digits + one, hasNone);
        lengths = literalBytes + Vector512.Create(2ul);
        // Two bytes: the length less four, and the offset, which is that of the number in front.
        var copy = ((copied - Vector512.Create(CopyLengthMin)) << 2) | Vector512.Create(1ul | (sizeof(ulong) << 8));
        return literal | Avx512F.ShiftLeftLogicalVariable(copy, literalBytes << 3);
    }
}
