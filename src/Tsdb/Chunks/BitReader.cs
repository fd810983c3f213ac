using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>Reads bits, most significant first. The first read past the end sticks: check <see cref="IsFailed"/> once, at the
/// end.</summary>
/// <remarks>Layout: docs/formats/chunks.md. After a failure every read gives zero.</remarks>
internal ref struct BitReader
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly ulong _endBits;
    private ulong _bit;

    /// <summary>Starts at a byte of <paramref name="data"/>.</summary>
    public BitReader(ReadOnlySpan<byte> data, int firstByte)
    {
        _data = data;
        _endBits = (ulong)data.Length * 8;
        _bit = Math.Min((ulong)firstByte * 8, _endBits);
    }

    /// <summary>Bits from the start of the data to the position.</summary>
    public readonly ulong Position => _bit;

    /// <summary>Whether a read went past the end or met a malformed field.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>The next 64 bits without moving; zeros behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Peek()
    {
        var at = (int)(_bit >> 3);
        var used = (int)(_bit & 7);
        if (_data.Length - at < 9) return PeekNearEnd(at, used);
        var window = _data.Slice(at, 9);
        return (BinaryPrimitives.ReadUInt64BigEndian(window) << used) | ((ulong)window[8] >> (8 - used));
    }

    /// <summary>Moves over bits that were peeked.</summary>
    /// <param name="count">How many, 0 or more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count)
    {
        _bit += (uint)count;
        if (_bit > _endBits) Fail();
    }

    /// <summary>Reads 1 to 64 bits, right-aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(int count)
    {
        var bits = Peek() >> (64 - count);
        Skip(count);
        return IsFailed ? 0 : bits;
    }

    /// <summary>Reads a byte-wise varint.</summary>
    public ulong ReadUvarint()
    {
        ulong value = 0;
        for (var i = 0; i < Varint.LengthMax; i++)
        {
            var part = Read(8);
            value |= (part & 0x7f) << (7 * i);
            if (part >= 0x80) continue;
            if (i == Varint.LengthMax - 1 && part > 1) break;
            return value;
        }
        Fail();
        return 0;
    }

    /// <summary>Marks the data as malformed.</summary>
    public void Fail()
    {
        IsFailed = true;
        _bit = _endBits;
    }

    private readonly ulong PeekNearEnd(int at, int used)
    {
        ulong word = 0;
        for (var i = 0; i < 8; i++)
            word = (word << 8) | (at + i < _data.Length ? _data[at + i] : 0u);
        return word << used | (at + 8 < _data.Length ? (ulong)_data[at + 8] >> (8 - used) : 0);
    }
}
