using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Writes one exemplars record: <see cref="Begin"/> with the first exemplar's reference and time, then
/// <see cref="Add"/> for each.</summary>
internal readonly struct ExemplarsRecord
{
    private readonly ByteBuffer _to;
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;

    private ExemplarsRecord(ByteBuffer to, ulong baseRef, long baseTimeMs) =>
        (_to, _baseRef, _baseTimeMs) = (to, baseRef, baseTimeMs);

    /// <summary>Appends the head of a record to a buffer.</summary>
    public static ExemplarsRecord Begin(ByteBuffer to, ulong firstRef, long firstTimeMs)
    {
        RecordEncoder.WriteBase(to, RecordType.Exemplars, firstRef, firstTimeMs);
        return new ExemplarsRecord(to, firstRef, firstTimeMs);
    }

    /// <summary>Appends one exemplar.</summary>
    /// <param name="seriesRef">Reference of the series it belongs to.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="valueBits">The value's bits.</param>
    /// <param name="encodedLabels">Its own labels as <see cref="Labels.LabelSet.Encoded"/> has them.</param>
    public void Add(ulong seriesRef, long timestampMs, ulong valueBits, ReadOnlySpan<byte> encodedLabels)
    {
        _to.WriteVarint((long)(seriesRef - _baseRef));
        _to.WriteVarint(timestampMs - _baseTimeMs);
        _to.WriteUInt64(valueBits);
        _to.Write(encodedLabels);
    }
}
