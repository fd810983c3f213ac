using System.Buffers;
using System.Buffers.Binary;

namespace Tsdb.Memory;

/// <summary>A growing byte array for encoders: rented from the shared pool, kept between uses, returned on disposal.</summary>
/// <remarks>One owner, one thread. <see cref="Written"/> is valid until the next write, <see cref="Clear"/> or
/// disposal.</remarks>
public sealed class ByteBuffer(int capacity = 4096) : IDisposable, IBufferWriter<byte>
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What has been written, for callers that cross an await or patch a length in place.</summary>
    public Memory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets what was written behind a length that it had before.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <summary>Appends bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    /// <summary>Appends an unsigned varint.</summary>
    public void WriteUvarint(ulong value) => Length += Varint.Write(GetSpan(Varint.LengthMax), value);

    /// <summary>Appends a zigzag varint.</summary>
    public void WriteVarint(long value) => Length += Varint.WriteSigned(GetSpan(Varint.LengthMax), value);

    /// <summary>Appends four bytes, most significant first.</summary>
    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(GetSpan(sizeof(uint)), value);
        Length += sizeof(uint);
    }

    /// <summary>Appends eight bytes, most significant first.</summary>
    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(GetSpan(sizeof(ulong)), value);
        Length += sizeof(ulong);
    }

    /// <summary>Appends a length-prefixed string: uvarint byte count, then the bytes.</summary>
    public void WriteString(ReadOnlySpan<byte> text)
    {
        WriteUvarint((ulong)text.Length);
        Write(text);
    }

    /// <summary>Returns the memory; the buffer must not be used afterwards.</summary>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(_bytes.Length * 2, Length + count)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
