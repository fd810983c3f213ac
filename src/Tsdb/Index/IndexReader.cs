using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Index;

/// <summary>Reads the index file of a block, versions 1 to 3. Safe from any thread until disposal.</summary>
/// <remarks>The file is mapped, so symbols and lists cost no heap. Layout: docs/formats/block.md. Damage is an
/// <see cref="InvalidDataException"/> that starts with CORRUPT: and names path and offset.</remarks>
internal sealed class IndexReader : IPostingsSource, IDisposable
{
    private readonly IndexFile _file;
    private readonly SymbolTable _symbols;
    private readonly PostingsTable _postings;

    private IndexReader(IndexFile file)
    {
        _file = file;
        var header = file.Read(0, IndexFormat.HeaderBytes);
        if (header.Length < IndexFormat.HeaderBytes) throw file.Damaged(0, "index header: invalid size");
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != IndexFormat.Magic) throw file.Damaged(0, $"invalid magic number {magic:x}");
        Version = header[sizeof(uint)];
        if (Version is < 1 or > 3) throw file.Damaged(sizeof(uint), $"unknown index file version {Version}");
        var tocOffset = file.Length - IndexToc.SizeBytes;
        if (!IndexToc.TryRead(file.Read(tocOffset, IndexToc.SizeBytes), out var toc))
            throw file.Damaged(tocOffset, "read TOC: invalid checksum");
        Toc = toc;
        _symbols = new SymbolTable(file, toc.Symbols, refsAreOffsets: Version == 1);
        _postings = new PostingsTable(file, toc.PostingsTable, isSorted: Version != 1);
    }

    /// <summary>Format version, 1 to 3; 3 is read as 2.</summary>
    public int Version { get; }

    /// <summary>Where the sections are.</summary>
    public IndexToc Toc { get; }

    /// <summary>Bytes of the file.</summary>
    public long SizeBytes => _file.Length;

    /// <summary>Bytes on the heap that finding symbols needs.</summary>
    public long SymbolTableSizeBytes => _symbols.SizeBytes;

    /// <summary>Symbols in the table.</summary>
    public uint SymbolCount => _symbols.Count;

    /// <summary>Maps a file and checks header, table of contents, symbols and postings offsets.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be mapped.</exception>
    public static IndexReader Open(string path)
    {
        var file = new IndexFile(MappedFile.Open(path));
        try
        {
            return new IndexReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies of all symbols, ascending by bytes.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Symbols() => _symbols.All();

    /// <inheritdoc/>
    public ReadOnlyMemory<uint> All() => Find(default, default);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The list is damaged.</exception>
    public ReadOnlyMemory<uint> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _postings.TryFind(name, value, out var offset) ? ReadList(offset) : default;

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name) => _postings.Values(name);

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names() => _postings.Names();

    /// <summary>Reads a series.</summary>
    /// <param name="seriesRef">A reference from a postings list.</param>
    /// <param name="encodedLabels">Replaced by its labels in the sub-format of <see cref="Labels.LabelSet.Encoded"/>.</param>
    /// <param name="chunks">Replaced by its chunks, ascending by time.</param>
    /// <returns>False when the reference points outside the file.</returns>
    /// <exception cref="InvalidDataException">The series is damaged.</exception>
    public bool TrySeries(uint seriesRef, ByteBuffer encodedLabels, List<ChunkMeta> chunks)
    {
        encodedLabels.Clear();
        chunks.Clear();
        var offset = Version == 1 ? seriesRef : (long)seriesRef * IndexFormat.SeriesAlignmentBytes;
        if (offset >= _file.Length - IndexToc.SizeBytes) return false;
        var prefix = Varint.Read(_file.Read(offset, Varint.LengthMax), out var length);
        var start = offset + prefix;
        var room = Math.Min(int.MaxValue, _file.Length - start) - IndexFormat.CrcBytes;
        if (prefix == 0 || room < 0 || length > (ulong)room)
            throw _file.Damaged(offset, "series: invalid size");
        var body = _file.Read(start, (long)length);
        if (Crc32C.Compute(body) != BinaryPrimitives.ReadUInt32BigEndian(_file.Read(start + body.Length, IndexFormat.CrcBytes)))
            throw _file.Damaged(offset, "series: invalid checksum");
        if (!TryLabels(ref body, encodedLabels) || !TryChunks(ref body, chunks))
            throw _file.Damaged(offset, "series: malformed entry");
        return true;
    }

    /// <summary>Unmaps the file; no reader may be left.</summary>
    public void Dispose() => _file.Dispose();

    private uint[] ReadList(ulong offset)
    {
        var section = _file.Check(offset, "postings");
        var content = _file.Read(section.Start, section.Length);
        if (content.Length < sizeof(uint) || content.Length != section.Length || content.Length % sizeof(uint) != 0)
            throw _file.Damaged((long)offset, "postings: invalid size");
        var count = BinaryPrimitives.ReadUInt32BigEndian(content);
        var entries = MemoryMarshal.Cast<byte, uint>(content[sizeof(uint)..]);
        if (count != (uint)entries.Length) throw _file.Damaged((long)offset, "postings: unexpected length");
        var refs = new uint[entries.Length];
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(entries, refs);
        else entries.CopyTo(refs);
        return refs;
    }

    private bool TryLabels(ref ReadOnlySpan<byte> body, ByteBuffer encodedLabels)
    {
        if (!TryTake(ref body, out var count)) return false;
        encodedLabels.WriteUvarint(count);
        for (; count > 0; count--)
        {
            if (!TryTake(ref body, out var name) || !TryTake(ref body, out var value)) return false;
            if (!_symbols.TryGet(name, out var nameText) || !_symbols.TryGet(value, out var valueText)) return false;
            encodedLabels.WriteString(nameText);
            encodedLabels.WriteString(valueText);
        }
        return true;
    }

    private static bool TryChunks(ref ReadOnlySpan<byte> body, List<ChunkMeta> chunks)
    {
        if (!TryTake(ref body, out var count)) return false;
        var last = default(ChunkMeta);
        for (var i = 0ul; i < count; i++)
        {
            if (!TryTake(ref body, out var min) || !TryTake(ref body, out var length) || !TryTake(ref body, out var reference))
                return false;
            // The first chunk's time is signed and its reference plain; after that it is the other way round.
            var minTime = i == 0 ? Varint.UnZigZag(min) : last.MaxTimeMs + (long)min;
            var chunkRef = i == 0 ? reference : last.ChunkRef + (ulong)Varint.UnZigZag(reference);
            last = new ChunkMeta(minTime, minTime + (long)length, chunkRef);
            chunks.Add(last);
        }
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> from, out ulong value)
    {
        var length = Varint.Read(from, out value);
        from = from[length..];
        return length > 0;
    }
}
