using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>Writes the postings of an index and their offset table.</summary>
/// <remarks>
/// Lists are gathered in batches: each batch walks the series section once and collects the references of as many labels as fit
/// <see cref="BatchRefs"/>. A million series of 13 labels take two walks and 32 MiB.
/// </remarks>
internal sealed class PostingsWriter(
    SectionWriter file, SymbolIndex symbols, PairTable pairs, List<uint> series, int batchRefs)
{
    /// <summary>References held at a time: 8 Mi × 4 bytes = 32 MiB. One longer list is held whole.</summary>
    public const int BatchRefs = 8 << 20;

    /// <summary>Key count, empty name and empty value of the entry that lists every series.</summary>
    private const int AllEntryBytes = 3;

    /// <summary>Writes everything.</summary>
    /// <returns>Offset of the offset table.</returns>
    public long Write()
    {
        var (keys, counts) = pairs.Sort();
        file.Align(IndexFormat.PostingsAlignmentBytes);
        var start = file.Position;
        WriteList(CollectionsMarshal.AsSpan(series));
        for (var first = 0; first < keys.Length;)
        {
            var (end, total) = (first, 0L);
            while (end < keys.Length && (end == first || total + counts[end] <= batchRefs)) total += counts[end++];
            WriteBatch(counts, first, end, (int)total);
            first = end;
        }
        var table = file.Position;
        WriteTable(keys, counts, start);
        return table;
    }

    private static long ListBytes(long count) => (3 * sizeof(uint)) + (count * sizeof(uint));

    private void WriteBatch(uint[] counts, int first, int end, int total)
    {
        // next[i] is where the next reference of label first + i goes; afterwards it is the end of that label's list.
        var next = new int[end - first];
        for (var i = 1; i < next.Length; i++) next[i] = next[i - 1] + (int)counts[first + i - 1];
        var refs = new uint[total];
        file.Flush();
        using var window = new FileWindow(file.Handle, file.Position);
        foreach (var reference in series) Gather(window, reference, (uint)first, next, refs);
        var from = 0;
        foreach (var to in next)
        {
            WriteList(refs.AsSpan(from, to - from));
            from = to;
        }
    }

    private void Gather(FileWindow window, uint reference, uint first, int[] next, uint[] refs)
    {
        var offset = (long)reference * IndexFormat.SeriesAlignmentBytes;
        var head = window.Peek(offset, Varint.LengthMax);
        var prefix = Varint.Read(head, out var length);
        var body = window.Peek(offset + prefix, (int)length);
        body = body[Varint.Read(body, out var labels)..];
        for (; labels > 0; labels--)
        {
            body = body[Varint.Read(body, out var name)..];
            body = body[Varint.Read(body, out var value)..];
            var rank = pairs.Rank(PairTable.Pair((uint)name, (uint)value)) - first;
            if (rank < (uint)next.Length) refs[next[rank]++] = reference;
        }
    }

    private void WriteList(ReadOnlySpan<uint> refs)
    {
        file.Buffer.WriteUInt32((uint)((refs.Length + 1) * sizeof(uint)));
        file.BeginChecksum();
        file.Buffer.WriteUInt32((uint)refs.Length);
        while (!refs.IsEmpty)
        {
            var part = refs[..Math.Min(refs.Length, 1 << 16)];
            var bytes = file.Buffer.GetSpan(part.Length * sizeof(uint))[..(part.Length * sizeof(uint))];
            if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(part, MemoryMarshal.Cast<byte, uint>(bytes));
            else part.CopyTo(MemoryMarshal.Cast<byte, uint>(bytes));
            file.Buffer.Advance(bytes.Length);
            file.Settle();
            refs = refs[part.Length..];
        }
        file.EndChecksum();
        file.Settle();
    }

    private void WriteTable(ulong[] keys, uint[] counts, long start)
    {
        // The length comes first, so the table is measured before it is written.
        var length = (long)sizeof(uint) + AllEntryBytes + Varint.Length((ulong)start);
        var offset = start + ListBytes(series.Count);
        for (var i = 0; i < keys.Length; i++)
        {
            var name = symbols.Get((uint)(keys[i] >> 32));
            var value = symbols.Get((uint)keys[i]);
            length += 1 + StringBytes(name) + StringBytes(value) + Varint.Length((ulong)offset);
            offset += ListBytes(counts[i]);
        }
        if (length > uint.MaxValue) throw new InvalidOperationException($"length size exceeds 4 bytes: {length}");
        file.Buffer.WriteUInt32((uint)length);
        file.BeginChecksum();
        file.Buffer.WriteUInt32((uint)keys.Length + 1);
        WriteEntry(default, default, start);
        offset = start + ListBytes(series.Count);
        for (var i = 0; i < keys.Length; i++)
        {
            WriteEntry(symbols.Get((uint)(keys[i] >> 32)), symbols.Get((uint)keys[i]), offset);
            offset += ListBytes(counts[i]);
        }
        file.EndChecksum();
    }

    private void WriteEntry(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long offset)
    {
        file.Buffer.WriteUvarint(2); // Strings in the key.
        file.Buffer.WriteString(name);
        file.Buffer.WriteString(value);
        file.Buffer.WriteUvarint((ulong)offset);
        file.Settle();
    }

    private static int StringBytes(ReadOnlySpan<byte> text) => Varint.Length((ulong)text.Length) + text.Length;
}
