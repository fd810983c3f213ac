using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Writes records: <see cref="Begin"/> once, then one Add… per entry. A record without entries is one byte.</summary>
/// <remarks>Types whose entries refer to the first one have their own writers: <see cref="SamplesRecord"/>,
/// <see cref="ExemplarsRecord"/>,
/// <see cref="HistogramsRecord"/>. Layout: docs/formats/wal.md.</remarks>
internal static class RecordEncoder
{
    /// <summary>Appends the type byte of a record to a buffer.</summary>
    public static void Begin(ByteBuffer to, RecordType type) => to.WriteByte((byte)type);

    /// <summary>Appends an entry of a series record.</summary>
    /// <param name="to">Where the record is written.</param>
    /// <param name="seriesRef">Never 0.</param>
    /// <param name="encodedLabels">As <see cref="Labels.LabelSet.Encoded"/> has them.</param>
    public static void AddSeries(ByteBuffer to, ulong seriesRef, ReadOnlySpan<byte> encodedLabels)
    {
        to.WriteUInt64(seriesRef);
        to.Write(encodedLabels);
    }

    /// <summary>Appends an entry of a tombstones record: one closed interval in Unix milliseconds.</summary>
    public static void AddTombstone(ByteBuffer to, ulong seriesRef, long minTimeMs, long maxTimeMs)
    {
        to.WriteUInt64(seriesRef);
        to.WriteVarint(minTimeMs);
        to.WriteVarint(maxTimeMs);
    }

    /// <summary>Appends an entry of a marker record: what precedes is in this head chunk or an earlier one (0 =
    /// none).</summary>
    public static void AddMmapMarker(ByteBuffer to, ulong seriesRef, ulong chunkRef)
    {
        to.WriteUInt64(seriesRef);
        to.WriteUInt64(chunkRef);
    }

    /// <summary>Appends an entry of a metadata record; <paramref name="type"/> as <see cref="MetadataReader.Type"/> has
    /// it.</summary>
    public static void AddMetadata(ByteBuffer to, ulong seriesRef, byte type, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help)
    {
        to.WriteUvarint(seriesRef);
        to.WriteByte(type);
        to.WriteUvarint(2); // Fields that follow.
        to.WriteString(MetadataReader.UnitField);
        to.WriteString(unit);
        to.WriteString(MetadataReader.HelpField);
        to.WriteString(help);
    }

    /// <summary>Appends type, reference and time of a record whose entries are relative to them.</summary>
    internal static void WriteBase(ByteBuffer to, RecordType type, ulong baseRef, long baseTimeMs)
    {
        to.WriteByte((byte)type);
        to.WriteUInt64(baseRef);
        to.WriteUInt64((ulong)baseTimeMs);
    }
}
