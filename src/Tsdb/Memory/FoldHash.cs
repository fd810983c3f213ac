using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tsdb.Memory;

/// <summary>The 128-bit hash of <see cref="KeyedHash"/> for processors without AES instructions: two chains of 64 × 64 bit
/// products folded to 64.</summary>
/// <remarks>Each chain has secrets of its own; a sender who could cancel a difference in one would still have to in the
/// other.</remarks>
internal sealed class FoldHash
{
    private const int BlockBytes = 2 * sizeof(ulong);

    private readonly ulong _low = RandomWord();
    private readonly ulong _lowFactor = RandomWord();
    private readonly ulong _high = RandomWord();
    private readonly ulong _highFactor = RandomWord();

    /// <summary>The hash of an input of any length.</summary>
    public KeyHash Compute(ReadOnlySpan<byte> data)
    {
        ulong low = _low ^ (ulong)data.Length, high = _high + (ulong)data.Length;
        for (; data.Length >= BlockBytes; data = data[BlockBytes..]) Add(data, ref low, ref high);
        if (!data.IsEmpty)
        {
            Span<byte> padded = stackalloc byte[BlockBytes];
            padded.Clear();
            data.CopyTo(padded);
            Add(padded, ref low, ref high);
        }
        return new KeyHash(Product(low ^ _low, _highFactor), Product(high ^ _high, _lowFactor));
    }

    private void Add(ReadOnlySpan<byte> block, ref ulong low, ref ulong high)
    {
        var x = MemoryMarshal.Read<ulong>(block);
        var y = MemoryMarshal.Read<ulong>(block[sizeof(ulong)..]);
        low = Product(x ^ _lowFactor, y ^ low);
        high = Product(y ^ _highFactor, x ^ high);
    }

    private static ulong Product(ulong x, ulong y)
    {
        var upper = Math.BigMul(x, y, out var lower);
        return upper ^ lower;
    }

    private static ulong RandomWord()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes);
    }
}
