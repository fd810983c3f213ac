using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tsdb.Memory;

/// <summary>Writes bits, most significant first, into memory that is known to have room: one store a number and nothing read
/// back.</summary>
/// <remarks>The bits of the last part of a byte are kept in a register. A copy in a local variable is fastest.</remarks>
internal ref struct PackedBitWriter
{
    /// <summary>Most bits of one <see cref="Put"/>: with up to seven that wait they stay below a whole word.</summary>
    public const int PutBitsMax = 56;

    /// <summary>Bytes behind the last one in use that are overwritten.</summary>
    public const int SlackBytes = sizeof(ulong);

    private readonly ref byte _start;
    private nint _at;
    private ulong _waiting; // Bits of the byte being filled, left-aligned.
    private int _waitingBits;

    /// <summary>Goes on behind bits that are there.</summary>
    /// <param name="chunk">The buffer; its first <paramref name="bitLength"/> bits are kept.</param>
    /// <param name="bitLength">Bits in use.</param>
    /// <param name="roomBytes">Most bytes that will be written.</param>
    /// <exception cref="ArgumentException">There is less room, <see cref="SlackBytes"/> included.</exception>
    public PackedBitWriter(Span<byte> chunk, uint bitLength, int roomBytes)
    {
        _at = (nint)(bitLength >> 3);
        if (chunk.Length - (long)_at < roomBytes + (long)SlackBytes)
            throw new ArgumentException("BUG: less room than was promised", nameof(roomBytes));
        _start = ref MemoryMarshal.GetReference(chunk);
        _waitingBits = (int)(bitLength & 7);
        // The first byte behind whole ones may hold anything.
        if (_waitingBits > 0) _waiting = (ulong)(chunk[(int)_at] & ~(0xff >> _waitingBits)) << 56;
    }

    /// <summary>Bits in use.</summary>
    public readonly uint BitLength => ((uint)_at << 3) + (uint)_waitingBits;

    /// <summary>Appends the low <paramref name="count"/> bits, 1 to <see cref="PutBitsMax"/>; those above must be
    /// zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(ulong bits, int count)
    {
        var filled = _waitingBits + count;
        var word = _waiting | (bits << (64 - filled));
        Unsafe.WriteUnaligned(
            ref Unsafe.Add(ref _start, _at), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(word) : word);
        _at += filled >> 3;
        _waiting = word << (filled & ~7);
        _waitingBits = filled & 7;
    }

    /// <summary>Appends the low <paramref name="count"/> bits, 1 to 64; those above must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutWide(ulong bits, int count)
    {
        if (count > PutBitsMax)
        {
            Put(bits >> 32, count - 32);
            (bits, count) = ((uint)bits, 32);
        }
        Put(bits, count);
    }
}
