using System.Buffers.Binary;
using System.Numerics;

namespace Tsdb.Wal.Zstd;

/// <summary>Reads a bit stream from its end to its front; the highest set bit of the last byte marks where it begins.</summary>
/// <remarks>Reading in front of the stream gives zeros and makes <see cref="Left"/> negative, which the caller judges.</remarks>
internal ref struct BackwardBits
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Begins at the mark; <see cref="IsValid"/> is false when there is none.</summary>
    public BackwardBits(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        IsValid = !bytes.IsEmpty && bytes[^1] != 0;
        Left = IsValid ? (8 * bytes.Length) - BitOperations.LeadingZeroCount((uint)bytes[^1]) + 24 - 1 : 0;
    }

    /// <summary>Whether the stream has its mark.</summary>
    public bool IsValid { get; }

    /// <summary>Bits not yet read; negative after reading too many.</summary>
    public int Left { get; private set; }

    /// <summary>Reads up to 32 bits, the one read last as the lowest.</summary>
    public uint Read(int count)
    {
        Left -= count;
        return Bits(Left, count);
    }

    /// <summary>As <see cref="Read"/>, without moving.</summary>
    public readonly uint Peek(int count) => Bits(Left - count, count);

    /// <summary>Moves without reading.</summary>
    public void Skip(int count) => Left -= count;

    private readonly uint Bits(int at, int count)
    {
        if (count == 0) return 0;
        if (at < 0)
        {
            var real = count + at;
            return real <= 0 ? 0 : Bits(0, real) << -at;
        }
        var first = at >> 3;
        ulong word = 0;
        if (_bytes.Length - first >= sizeof(ulong))
            word = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[first..]);
        else
            for (var i = _bytes.Length - 1; i >= first; i--) word = (word << 8) | _bytes[i];
        return (uint)((word >> (at & 7)) & ((1UL << count) - 1));
    }
}
