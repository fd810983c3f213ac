using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>Reads chunks from a block's chunk files. Safe from any thread until disposal.</summary>
internal sealed class ChunkSegmentReader : IDisposable
{
    /// <summary>Most chunks fit one read: about 1 KiB of samples and 10 bytes of frame.</summary>
    private const int FirstReadBytes = 2048;

    private readonly string _directory;
    private readonly List<(string Path, SafeFileHandle Handle, long Length)> _files = [];

    /// <exception cref="InvalidDataException">A file's header is damaged.</exception>
    /// <exception cref="DirectoryNotFoundException">The directory is missing.</exception>
    public ChunkSegmentReader(string directory)
    {
        _directory = directory;
        var paths = Directory.GetFiles(directory);
        // A reference counts files in the order of their names as text, whatever their numbers are.
        Array.Sort(paths, StringComparer.Ordinal);
        try
        {
            foreach (var path in paths)
            {
                if (!ulong.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out _)) continue;
                var handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
                _files.Add((path, handle, RandomAccess.GetLength(handle)));
                CheckHeader(path, handle);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of all files.</summary>
    public long SizeBytes
    {
        get
        {
            long total = 0;
            foreach (var (_, _, length) in _files) total += length;
            return total;
        }
    }

    /// <summary>Appends a chunk's stream to <paramref name="into"/>.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged or the reference points nowhere.</exception>
    public ChunkEncoding Read(ulong chunkRef, ByteBuffer into)
    {
        var (segment, offset) = (chunkRef >> 32, (long)(uint)chunkRef);
        if (segment >= (ulong)_files.Count)
            throw new InvalidDataException($"CORRUPT: {_directory}: chunk {chunkRef:x}: segment index {segment} out of range");
        var (path, handle, length) = _files[(int)segment];
        var rented = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        try
        {
            // Nothing but a read past the end of the file is refused here: a frame shorter than five bytes cannot exist.
            var read = RandomAccess.Read(handle, rented, offset);
            var prefix = Varint.Read(rented.AsSpan(0, Math.Min(read, ChunkSegmentFormat.LengthMaxBytes)), out var dataLength);
            if (prefix == 0) throw Damaged(path, offset, "reading chunk length failed");
            var room = length - offset - prefix - ChunkSegmentFormat.EncodingBytes - ChunkSegmentFormat.CrcBytes;
            if (room < 0 || dataLength > (ulong)Math.Min(room, Array.MaxLength / 2))
                throw Damaged(path, offset, "segment doesn't include enough bytes to read the chunk");
            var total = prefix + ChunkSegmentFormat.EncodingBytes + (int)dataLength + ChunkSegmentFormat.CrcBytes;
            if (total > read)
            {
                ArrayPool<byte>.Shared.Return(rented);
                rented = ArrayPool<byte>.Shared.Rent(total);
                read = RandomAccess.Read(handle, rented.AsSpan(0, total), offset);
                if (read < total) throw Damaged(path, offset, "the file became shorter");
            }
            return Check(rented.AsSpan(prefix, total - prefix), path, offset, into);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void Dispose()
    {
        foreach (var (_, handle, _) in _files) handle.Dispose();
    }

    private static ChunkEncoding Check(ReadOnlySpan<byte> frame, string path, long offset, ByteBuffer into)
    {
        var content = frame[..^ChunkSegmentFormat.CrcBytes];
        var expected = BinaryPrimitives.ReadUInt32BigEndian(frame[content.Length..]);
        var actual = Crc32C.Compute(content);
        if (expected != actual) throw Damaged(path, offset, $"checksum mismatch expected:{expected:x}, actual:{actual:x}");
        into.Write(content[ChunkSegmentFormat.EncodingBytes..]);
        return (ChunkEncoding)content[0];
    }

    private static void CheckHeader(string path, SafeFileHandle handle)
    {
        Span<byte> header = stackalloc byte[ChunkSegmentFormat.HeaderBytes];
        if (RandomAccess.Read(handle, header, 0) < header.Length) throw Damaged(path, 0, "the header is incomplete");
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != ChunkSegmentFormat.Magic) throw Damaged(path, 0, $"invalid magic number {magic:x}");
        if (header[4] != ChunkSegmentFormat.Version) throw Damaged(path, 0, $"invalid chunk format version {header[4]}");
    }

    private static InvalidDataException Damaged(string path, long offset, string problem) =>
        new($"CORRUPT: {path} offset {offset}: {problem}");
}
