using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>A mapped index file: bytes by offset, checked sections, and the words for what is wrong with them.</summary>
internal sealed class IndexFile(MappedFile file) : IDisposable
{
    /// <summary>Checksums are taken in pieces, since a section may be longer than a span: 1 GiB.</summary>
    private const int PieceBytes = 1 << 30;

    public string Path => file.Path;

    public long Length => file.Length;

    /// <summary>At most <paramref name="count"/> bytes; fewer at the end, none outside the file.</summary>
    public ReadOnlySpan<byte> Read(long offset, long count) => file.Read(offset, (int)Math.Min(count, int.MaxValue));

    /// <summary>Checks a section (length, content, checksum of the content).</summary>
    /// <param name="offset">Of the length field, as the file says.</param>
    /// <param name="name">What it is, for the message.</param>
    /// <exception cref="InvalidDataException">It does not fit the file or its checksum differs.</exception>
    public Section Check(ulong offset, string name)
    {
        if (offset > (ulong)Length || Length - (long)offset < sizeof(uint) + IndexFormat.CrcBytes)
            throw Damaged((long)Math.Min(offset, long.MaxValue), $"{name}: invalid size");
        var start = (long)offset + sizeof(uint);
        long length = BinaryPrimitives.ReadUInt32BigEndian(Read((long)offset, sizeof(uint)));
        if (length > Length - start - IndexFormat.CrcBytes) throw Damaged((long)offset, $"{name}: invalid size");
        var crc = 0u;
        for (long done = 0; done < length; done += PieceBytes)
            crc = Crc32C.Append(crc, Read(start + done, Math.Min(PieceBytes, length - done)));
        if (crc != BinaryPrimitives.ReadUInt32BigEndian(Read(start + length, IndexFormat.CrcBytes)))
            throw Damaged((long)offset, $"{name}: invalid checksum");
        return new Section(start, length);
    }

    /// <summary>A string with its length prefix, inside [at, end).</summary>
    /// <returns>Bytes taken; 0 when it does not fit.</returns>
    public long ReadString(long at, long end, out ReadOnlySpan<byte> text)
    {
        text = default;
        var rest = Read(at, end - at);
        var prefix = Varint.Read(rest, out var length);
        if (prefix == 0 || length > (ulong)(rest.Length - prefix)) return 0;
        text = rest.Slice(prefix, (int)length);
        return prefix + (int)length;
    }

    public InvalidDataException Damaged(long offset, string problem) => new($"CORRUPT: {Path} offset {offset}: {problem}");

    public void Dispose() => file.Dispose();

    /// <summary>Where a section's content is.</summary>
    public readonly record struct Section(long Start, long Length)
    {
        public long End => Start + Length;
    }
}
