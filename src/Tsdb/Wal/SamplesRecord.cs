using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Writes one samples record: <see cref="Begin"/> with the first sample's reference and time, then <see cref="Add"/>
/// for each.</summary>
/// <remarks>The first sample is added like the others. Nothing is allocated.</remarks>
internal readonly struct SamplesRecord
{
    private const int EntryBytesMax = Varint.LengthMax + Varint.LengthMax + sizeof(ulong);

    private readonly ByteBuffer _to;
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;

    private SamplesRecord(ByteBuffer to, ulong baseRef, long baseTimeMs) =>
        (_to, _baseRef, _baseTimeMs) = (to, baseRef, baseTimeMs);

    /// <summary>Appends the head of a record to a buffer.</summary>
    /// <param name="to">Where the record is written.</param>
    /// <param name="firstRef">Reference of the first sample: the base of all entries.</param>
    /// <param name="firstTimeMs">Its Unix milliseconds: the other base.</param>
    public static SamplesRecord Begin(ByteBuffer to, ulong firstRef, long firstTimeMs)
    {
        RecordEncoder.WriteBase(to, RecordType.Samples, firstRef, firstTimeMs);
        return new SamplesRecord(to, firstRef, firstTimeMs);
    }

    /// <summary>Appends one sample.</summary>
    /// <param name="seriesRef">Reference of its series.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="valueBits">The value's bits, kept exactly.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong seriesRef, long timestampMs, ulong valueBits)
    {
        var to = _to.GetSpan(EntryBytesMax);
        var at = WriteDelta(to, (long)(seriesRef - _baseRef));
        at += WriteDelta(to[at..], timestampMs - _baseTimeMs);
        BinaryPrimitives.WriteUInt64BigEndian(to[at..], valueBits);
        _to.Advance(at + sizeof(ulong));
    }

    // Most deltas of a request fit one or two bytes: neighbours in reference and equal in time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteDelta(Span<byte> to, long delta)
    {
        var value = Varint.ZigZag(delta);
        if (value >= 1 << 14) return Varint.Write(to, value);
        if (value < 0x80)
        {
            to[0] = (byte)value;
            return 1;
        }
        to[0] = (byte)(value | 0x80);
        to[1] = (byte)(value >> 7);
        return 2;
    }
}
