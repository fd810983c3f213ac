using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Encodes one request's samples record; the buffer is sized once, so that adding a sample is a few stores.</summary>
/// <remarks>Layout: docs/formats/wal.md, record type 2: the first sample is the base, all are deltas against it.</remarks>
internal ref struct SamplesWriter
{
    private const byte SamplesRecordType = 2;
    private const int HeaderBytes = 1 + (2 * sizeof(ulong));
    private const int SampleBytesMax = (2 * Varint.LengthMax) + sizeof(ulong);

    private readonly ByteBuffer _buffer;
    private readonly Span<byte> _to;
    private readonly ulong _baseRef;
    private readonly long _baseTimestampMs;
    private int _at;

    /// <summary>Starts a record of at most <paramref name="count"/> samples in an empty or used buffer.</summary>
    public SamplesWriter(ByteBuffer buffer, ulong baseRef, long baseTimestampMs, int count)
    {
        _buffer = buffer;
        _to = buffer.GetSpan(HeaderBytes + (count * SampleBytesMax));
        _baseRef = baseRef;
        _baseTimestampMs = baseTimestampMs;
        _to[0] = SamplesRecordType;
        BinaryPrimitives.WriteUInt64BigEndian(_to[1..], baseRef);
        BinaryPrimitives.WriteInt64BigEndian(_to[(1 + sizeof(ulong))..], baseTimestampMs);
        _at = HeaderBytes;
    }

    /// <summary>Adds a sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong reference, long timestampMs, ulong valueBits)
    {
        _at += Varint.Write(_to[_at..], Varint.ZigZag((long)(reference - _baseRef)));
        _at += Varint.Write(_to[_at..], Varint.ZigZag(timestampMs - _baseTimestampMs));
        BinaryPrimitives.WriteUInt64BigEndian(_to[_at..], valueBits);
        _at += sizeof(ulong);
    }

    /// <summary>Completes the record in the buffer.</summary>
    public readonly void Finish() => _buffer.Advance(_at);
}
