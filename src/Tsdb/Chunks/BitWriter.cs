using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tsdb.Chunks;

/// <summary>Writes bits, most significant first, behind the bits a chunk already has. Does not grow the chunk: a write that
/// does not fit sets <see cref="Overflowed"/>, and the caller retries the whole sample in a larger buffer.</summary>
/// <remarks>Layout: docs/formats/chunks.md. Whole words are stored where the buffer allows, so bytes behind the end may be
/// zeroed.</remarks>
/// <param name="chunk">The chunk's buffer; its first <paramref name="bitLength"/> bits are kept.</param>
/// <param name="bitLength">Bits in use, 0 or more.</param>
internal ref struct BitWriter(Span<byte> chunk, uint bitLength)
{
    private readonly Span<byte> _chunk = chunk;

    /// <summary>Bits in use.</summary>
    public uint BitLength { get; private set; } = bitLength;

    /// <summary>Whether a write did not fit; nothing after it was written.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Appends the low <paramref name="count"/> bits of <paramref name="bits"/>; the bits above must be zero.</summary>
    /// <param name="bits">The bits, right-aligned.</param>
    /// <param name="count">How many, 0 to 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong bits, int count)
    {
        var at = (int)(BitLength >> 3);
        var used = (int)(BitLength & 7);
        // Nine bytes hold any 64 bits at any of the eight positions in the first byte.
        if (_chunk.Length - at < 9)
        {
            WriteNearEnd(bits, count);
            return;
        }
        var target = _chunk.Slice(at, 9);
        var kept = (ulong)(target[0] & ~(0xff >> used)) << 56;
        var shift = 64 - used - count;
        if (shift >= 0)
        {
            // A shift by 64 (nothing to write at a byte's start) would not clear the word in hardware.
            BinaryPrimitives.WriteUInt64BigEndian(target, kept | (bits << (shift & 63)));
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(target, kept | (bits >> -shift));
            target[8] = (byte)(bits << (8 + shift));
        }
        BitLength += (uint)count;
    }

    /// <summary>Appends a byte-wise varint, each byte at the current bit position.</summary>
    public void WriteUvarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Write((byte)(value | 0x80), 8);
        Write(value, 8);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteNearEnd(ulong bits, int count)
    {
        if (Overflowed || BitLength + (ulong)count > (ulong)_chunk.Length * 8)
        {
            Overflowed = true;
            return;
        }
        while (count > 0)
        {
            var at = (int)(BitLength >> 3);
            var used = (int)(BitLength & 7);
            var take = Math.Min(8 - used, count);
            var part = (int)(bits >> (count - take)) & (0xff >> (8 - take));
            _chunk[at] = (byte)((_chunk[at] & ~(0xff >> used)) | (part << (8 - used - take)));
            BitLength += (uint)take;
            count -= take;
        }
    }
}
