using System.Buffers.Binary;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>Numbers of the index file. Layout: docs/formats/block.md.</summary>
internal static class IndexFormat
{
    public const uint Magic = 0xbaaad700;
    public const int HeaderBytes = 5;
    public const int CrcBytes = sizeof(uint);

    /// <summary>Series begin at multiples of this, so that a reference of 32 bits reaches 64 GiB.</summary>
    public const int SeriesAlignmentBytes = 16;

    /// <summary>Postings begin at multiples of this.</summary>
    public const int PostingsAlignmentBytes = 4;

    /// <summary>Compares two encoded label sets pair by pair: name, then value, as unsigned bytes; a prefix comes
    /// first.</summary>
    public static int CompareLabels(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var a = new LabelEnumerator(left);
        var b = new LabelEnumerator(right);
        while (a.MoveNext())
        {
            if (!b.MoveNext()) return 1;
            var order = a.Current.Name.SequenceCompareTo(b.Current.Name);
            if (order == 0) order = a.Current.Value.SequenceCompareTo(b.Current.Value);
            if (order != 0) return order;
        }
        return b.MoveNext() ? -1 : 0;
    }
}

/// <summary>The table of contents at the end of an index file: offsets of its sections, 0 where there is none.</summary>
/// <param name="Symbols">Symbol table.</param>
/// <param name="Series">End of the symbol table, where the series' padding begins.</param>
/// <param name="LabelIndices">End of the last series; label indices are no longer written.</param>
/// <param name="LabelIndicesTable">Same as <paramref name="PostingsTable"/>; no longer written either.</param>
/// <param name="Postings">End of the last series; the first list follows, aligned.</param>
/// <param name="PostingsTable">Postings offset table.</param>
internal readonly record struct IndexToc(
    ulong Symbols, ulong Series, ulong LabelIndices, ulong LabelIndicesTable, ulong Postings, ulong PostingsTable)
{
    /// <summary>Six offsets and a checksum.</summary>
    internal const int SizeBytes = (6 * sizeof(ulong)) + IndexFormat.CrcBytes;

    internal void Write(ByteBuffer to)
    {
        var start = to.Length;
        to.WriteUInt64(Symbols);
        to.WriteUInt64(Series);
        to.WriteUInt64(LabelIndices);
        to.WriteUInt64(LabelIndicesTable);
        to.WriteUInt64(Postings);
        to.WriteUInt64(PostingsTable);
        to.WriteUInt32(Crc32C.Compute(to.Written[start..]));
    }

    internal static bool TryRead(ReadOnlySpan<byte> bytes, out IndexToc toc)
    {
        toc = default;
        if (bytes.Length != SizeBytes) return false;
        var fields = bytes[..^IndexFormat.CrcBytes];
        if (Crc32C.Compute(fields) != BinaryPrimitives.ReadUInt32BigEndian(bytes[fields.Length..])) return false;
        toc = new IndexToc(
            Field(fields, 0), Field(fields, 1), Field(fields, 2), Field(fields, 3), Field(fields, 4), Field(fields, 5));
        return true;
    }

    private static ulong Field(ReadOnlySpan<byte> fields, int index) =>
        BinaryPrimitives.ReadUInt64BigEndian(fields[(index * sizeof(ulong))..]);
}
