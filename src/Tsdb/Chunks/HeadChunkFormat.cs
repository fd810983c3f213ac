using System.Buffers.Binary;
using System.Globalization;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>The byte layout of a head's chunk files.</summary>
/// <remarks>Layout: docs/formats/chunks.md.</remarks>
internal static class HeadChunkFormat
{
    public const uint Magic = 0x0130bc91;
    public const byte Version = 1;
    public const int FileHeaderBytes = 8;

    /// <summary>Series reference, two times, encoding: 8 + 8 + 8 + 1.</summary>
    public const int EntryHeaderBytes = 25;

    /// <summary>Longest encoding of a data length that fits 32 bits.</summary>
    public const int LengthMaxBytes = 5;

    public const int CrcBytes = sizeof(uint);

    /// <summary>Fewer bytes than this cannot begin an entry: header, longest length field, checksum.</summary>
    public const int EntryMinBytes = EntryHeaderBytes + LengthMaxBytes + CrcBytes;

    /// <summary>Bit of the encoding byte that marks out-of-order chunks.</summary>
    private const byte OutOfOrderBit = 0x80;

    /// <summary>A file's name: its number, six digits at least.</summary>
    public static string FileName(int number) => number.ToString("D6", CultureInfo.InvariantCulture);

    public static ulong MakeRef(int file, long offset) => ((ulong)file << 32) | (uint)offset;

    public static int EntryBytes(int dataBytes) => EntryHeaderBytes + Varint.Length((ulong)dataBytes) + dataBytes + CrcBytes;

    public static void WriteFileHeader(Span<byte> to)
    {
        to[..FileHeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, Magic);
        to[4] = Version;
    }

    public static void WriteEntry(ByteBuffer to, in HeadChunkEntry entry, ReadOnlySpan<byte> data)
    {
        var start = to.Length;
        to.WriteUInt64(entry.SeriesRef);
        to.WriteUInt64((ulong)entry.MinTimeMs);
        to.WriteUInt64((ulong)entry.MaxTimeMs);
        to.WriteByte((byte)((byte)entry.Encoding | (entry.IsOutOfOrder ? OutOfOrderBit : 0)));
        to.WriteUvarint((ulong)data.Length);
        to.Write(data);
        to.WriteUInt32(Crc32C.Compute(to.Written[start..]));
    }

    /// <summary>Whether series reference and both times are zero: the preallocated end of a file.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> entry) => !entry[..24].ContainsAnyExcept((byte)0);

    /// <summary>Reads the fixed fields and the data length.</summary>
    /// <param name="bytes">Starts at the entry; up to <see cref="EntryMinBytes"/> bytes are looked at.</param>
    /// <param name="left">Bytes from the entry's start to the end of its file.</param>
    /// <param name="frame">Where the data is and how long the entry is.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadFrame(ReadOnlySpan<byte> bytes, long left, out Frame frame)
    {
        frame = default;
        if (bytes.Length < EntryHeaderBytes) return "the file ends inside a chunk's header";
        var field = bytes[EntryHeaderBytes..];
        var prefix = Varint.Read(field[..Math.Min(field.Length, LengthMaxBytes)], out var length);
        if (prefix == 0) return "reading chunk length failed";
        var room = left - EntryHeaderBytes - prefix - CrcBytes;
        if (room < 0 || length > (ulong)Math.Min(room, Array.MaxLength - EntryMinBytes)) return "the file ends inside a chunk";
        frame = new Frame(EntryHeaderBytes + prefix, (int)length);
        return null;
    }

    /// <summary>Checks and decodes a whole entry.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadEntry(ReadOnlySpan<byte> bytes, Frame frame, ulong chunkRef, out HeadChunkEntry entry)
    {
        entry = default;
        var checkedBytes = frame.DataOffset + frame.DataLength;
        if (bytes.Length < checkedBytes + CrcBytes) return "the file ends inside a chunk";
        var expected = BinaryPrimitives.ReadUInt32BigEndian(bytes[checkedBytes..]);
        var actual = Crc32C.Compute(bytes[..checkedBytes]);
        if (expected != actual) return $"checksum mismatch expected:{expected:x}, actual:{actual:x}";
        entry = new HeadChunkEntry(
            chunkRef,
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[16..]),
            LaterEncodings.Plain(StoredEncoding(bytes)),
            (bytes[24] & OutOfOrderBit) != 0,
            LaterEncodings.SampleCount(bytes.Slice(frame.DataOffset, frame.DataLength), StoredEncoding(bytes)));
        return null;
    }

    /// <summary>How an entry's data is stored; readers of chunks get it in <see cref="LaterEncodings.Plain"/>.</summary>
    public static ChunkEncoding StoredEncoding(ReadOnlySpan<byte> entry) => (ChunkEncoding)(entry[24] & ~OutOfOrderBit);

    /// <summary>Where an entry's data lies, relative to the entry.</summary>
    public readonly record struct Frame(int DataOffset, int DataLength)
    {
        public int EntryLength => DataOffset + DataLength + CrcBytes;
    }
}
