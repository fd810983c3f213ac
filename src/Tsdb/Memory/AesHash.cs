using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Tsdb.Memory;

/// <summary>The 128-bit hash of <see cref="KeyedHash"/> by AES rounds, eight lanes of 16 bytes side by side.</summary>
/// <remarks>
/// Every block passes three rounds under secret keys before the next one of its lane, so a difference meets at least nine active
/// S-boxes (2^-54) before anything could cancel it. The lanes are joined in a chain, one more round between each and the next:
/// two lanes never meet after equally many rounds, and cancelling one by another means hitting a difference after four rounds
/// or more (25 active S-boxes, 2^-150). What does not fill a block is read again from the end of the input; the length, mixed in
/// last, says how much that was, so no two inputs load the same blocks (docs/decisions/0106).
/// </remarks>
internal sealed class AesHash
{
    private const int LaneBytes = 16;
    private const int HalfBytes = 4 * LaneBytes;
    private const int BlockBytes = 8 * LaneBytes;

    private readonly Vector128<byte> _key0 = RandomVector();
    private readonly Vector128<byte> _key1 = RandomVector();
    private readonly Vector128<byte> _key2 = RandomVector();
    private readonly Vector128<byte> _start0 = RandomVector();
    private readonly Vector128<byte> _start1 = RandomVector();
    private readonly Vector128<byte> _start2 = RandomVector();
    private readonly Vector128<byte> _start3 = RandomVector();
    private readonly Vector128<byte> _start4 = RandomVector();
    private readonly Vector128<byte> _start5 = RandomVector();
    private readonly Vector128<byte> _start6 = RandomVector();
    private readonly Vector128<byte> _start7 = RandomVector();

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported { get; } = X86Aes.IsSupported || ArmAes.IsSupported;

    /// <summary>The hash of an input of any length.</summary>
    /// <remarks>Optimized at once: code compiled ahead may not use these instructions, and the first tier is ten times
    /// slower.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public KeyHash Compute(ReadOnlySpan<byte> data)
    {
        if (data.Length <= HalfBytes) return ComputeShort(data);
        var (k0, k1, k2) = (_key0, _key1, _key2);
        var (a, b, c, d) = (_start0, _start1, _start2, _start3);
        var (e, f, g, h) = (_start4, _start5, _start6, _start7);
        ref var at = ref MemoryMarshal.GetReference(data);
        var length = (nuint)data.Length;
        // Between half a block and a whole one, the lanes take both halves of the input, which overlap.
        var (first, second) = ((nuint)0, Math.Min(HalfBytes, length - HalfBytes));
        while (true)
        {
            a = Mix(a ^ Load(ref at, first), k0, k1, k2);
            b = Mix(b ^ Load(ref at, first + LaneBytes), k0, k1, k2);
            c = Mix(c ^ Load(ref at, first + (2 * LaneBytes)), k0, k1, k2);
            d = Mix(d ^ Load(ref at, first + (3 * LaneBytes)), k0, k1, k2);
            e = Mix(e ^ Load(ref at, second), k0, k1, k2);
            f = Mix(f ^ Load(ref at, second + LaneBytes), k0, k1, k2);
            g = Mix(g ^ Load(ref at, second + (2 * LaneBytes)), k0, k1, k2);
            h = Mix(h ^ Load(ref at, second + (3 * LaneBytes)), k0, k1, k2);
            if (second + HalfBytes >= length) break;
            second = Math.Min(second + BlockBytes, length - HalfBytes);
            first = second - HalfBytes;
        }
        a = Round(Round(Round(Round(a, k0) ^ b, k1) ^ c, k2) ^ d, k0) ^ e;
        a = Round(Round(Round(a, k1) ^ f, k2) ^ g, k0) ^ h;
        return Finish(a, length, k0, k1, k2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private KeyHash ComputeShort(ReadOnlySpan<byte> data)
    {
        var (k0, k1, k2) = (_key0, _key1, _key2);
        var length = (nuint)data.Length;
        ref var at = ref MemoryMarshal.GetReference(data);
        if (length < LaneBytes)
        {
            // Eight bytes or four from each end, or up to three bytes.
            ulong low = 0, high = 0;
            if (length >= sizeof(ulong)) (low, high) = (Read64(ref at, 0), Read64(ref at, length - sizeof(ulong)));
            else if (length >= sizeof(uint)) (low, high) = (Read32(ref at, 0), Read32(ref at, length - sizeof(uint)));
            else if (length > 0) low = ReadUpToThree(ref at, length);
            return Finish(Mix(_start0 ^ Vector128.Create(low, high).AsByte(), k0, k1, k2), length, k0, k1, k2);
        }
        var a = Mix(_start0 ^ Load(ref at, 0), k0, k1, k2);
        var b = Mix(_start1 ^ Load(ref at, length - LaneBytes), k0, k1, k2);
        a = Round(a, k0) ^ b;
        if (length > 2 * LaneBytes)
        {
            var c = Mix(_start2 ^ Load(ref at, LaneBytes), k0, k1, k2);
            var d = Mix(_start3 ^ Load(ref at, length - (2 * LaneBytes)), k0, k1, k2);
            a = Round(Round(a, k1) ^ c, k2) ^ d;
        }
        return Finish(a, length, k0, k1, k2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static KeyHash Finish(
        Vector128<byte> state, nuint length, Vector128<byte> k0, Vector128<byte> k1, Vector128<byte> k2)
    {
        var result = Mix(state ^ Vector128.CreateScalar((ulong)length).AsByte(), k0, k1, k2).AsUInt64();
        return new KeyHash(result.ToScalar(), result.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Load(ref byte at, nuint offset) => Vector128.LoadUnsafe(ref at, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read64(ref byte at, nuint offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadUpToThree(ref byte at, nuint length) =>
        at | ((ulong)Unsafe.Add(ref at, length / 2) << 8) | ((ulong)Unsafe.Add(ref at, length - 1) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read32(ref byte at, nuint offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Mix(Vector128<byte> state, Vector128<byte> k0, Vector128<byte> k1, Vector128<byte> k2) =>
        Round(Round(Round(state, k0), k1), k2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> key) =>
        X86Aes.IsSupported
            ? X86Aes.Encrypt(state, key)
            : ArmAes.MixColumns(ArmAes.Encrypt(state, Vector128<byte>.Zero)) ^ key;

    private static Vector128<byte> RandomVector()
    {
        Span<byte> bytes = stackalloc byte[LaneBytes];
        RandomNumberGenerator.Fill(bytes);
        return Vector128.Create<byte>(bytes);
    }
}
