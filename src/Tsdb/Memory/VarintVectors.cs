using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Memory;

/// <summary>Writes eight zigzag varints at once, where the processor can.</summary>
/// <remarks>Same bytes as <see cref="Varint.WriteSigned(Span{byte}, long)"/> writes.</remarks>
internal static class VarintVectors
{
    private const int Lanes = 8;

    /// <summary>Numbers of up to four bytes are spread here.</summary>
    private const ulong ZigZagMax = (1ul << 28) - 1;

    /// <summary>Whether the processor has what it takes.</summary>
    public static bool IsSupported => Avx512Vbmi2.IsSupported && Avx512CD.IsSupported && BitConverter.IsLittleEndian;

    private static Vector512<byte> IndexInWord => Vector512.Create(0x0706050403020100ul).AsByte();

    /// <summary>Spreads the lowest byte of each word over it; places count from each quarter of the vector.</summary>
    private static Vector512<byte> LowestByte =>
        Vector512.Create(Vector128.Create(0ul, 0x0808080808080808ul)).AsByte();

    /// <summary>Writes as many whole eights as there are, up to one with a number that is too large.</summary>
    /// <param name="to">At least <see cref="Varint.LengthMax"/> bytes for each number.</param>
    /// <param name="numbers">The bits of signed numbers.</param>
    /// <param name="length">Bytes written.</param>
    /// <returns>Numbers written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Write(ref byte to, ReadOnlySpan<ulong> numbers, out int length)
    {
        ref var start = ref to;
        nint written = 0;
        var done = 0;
        for (; done <= numbers.Length - Lanes; done += Lanes)
        {
            var number = Vector512.Create(numbers[done..]);
            var value = (number << 1) ^ (number.AsInt64() >> 63).AsUInt64();
            if (Vector512.GreaterThanAny(value, Vector512.Create(ZigZagMax))) break;
            var sevens = (value & Vector512.Create(0x7ful)) | ((value << 1) & Vector512.Create(0x7f00ul))
                | ((value << 2) & Vector512.Create(0x7f0000ul)) | ((value << 3) & Vector512.Create(0x7f000000ul));
            // The byte of the highest bit is the last one; a zero has one byte too.
            var last = (Vector512.Create(63ul) - Avx512CD.LeadingZeroCount(sevens | Vector512<ulong>.One)) >>> 3;
            var isUsed = Vector512.LessThanOrEqual(IndexInWord, Avx512BW.Shuffle(last.AsByte(), LowestByte));
            var goesOn = Avx512F.ShiftLeftLogicalVariable(Vector512<ulong>.One, last << 3) - Vector512<ulong>.One;
            var bytes = sevens | (goesOn & Vector512.Create(0x80808080ul));
            // All 64 bytes are stored: an eight has room for 80.
            Avx512Vbmi2.Compress(Vector512<byte>.Zero, isUsed, bytes.AsByte()).StoreUnsafe(ref start, (nuint)written);
            written += BitOperations.PopCount(isUsed.ExtractMostSignificantBits());
        }
        length = (int)written;
        return done;
    }
}
