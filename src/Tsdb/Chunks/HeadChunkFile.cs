using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Tsdb.Files;

namespace Tsdb.Chunks;

/// <summary>One open chunk file of a head.</summary>
internal sealed class HeadChunkFile(int number, string path, SafeFileHandle handle, IDiskFile? written = null) : IDisposable
{
    /// <summary>Its number, 1 or more; the high half of references into it.</summary>
    public int Number { get; } = number;

    public string Path { get; } = path;

    /// <summary>For reading.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>For writing; only the file that this process began has it.</summary>
    public IDiskFile? Written { get; } = written;

    /// <summary>Opens an existing file, whose header was checked.</summary>
    public static HeadChunkFile Open(int number, string path)
    {
        var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete, options: FileOptions.RandomAccess);
        return new HeadChunkFile(number, path, handle);
    }

    /// <summary>What is wrong with the header of a file, or null.</summary>
    public static string? HeaderProblem(string path)
    {
        using var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        Span<byte> header = stackalloc byte[HeadChunkFormat.FileHeaderBytes];
        if (RandomAccess.Read(handle, header, 0) < header.Length) return "the header is incomplete";
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != HeadChunkFormat.Magic) return $"invalid magic number {magic:x}";
        return header[4] == HeadChunkFormat.Version ? null : $"invalid chunk format version {header[4]}";
    }

    /// <summary>Walks every entry in order and checks it.</summary>
    /// <param name="visit">Told each chunk of a known encoding; false stops the walk.</param>
    /// <param name="isRefused">Whether <paramref name="visit"/> stopped it.</param>
    /// <returns>What is damaged and where, or null.</returns>
    public string? Scan(Func<HeadChunkEntry, bool> visit, out bool isRefused)
    {
        isRefused = false;
        using var window = new FileWindow(Handle, RandomAccess.GetLength(Handle));
        long offset = HeadChunkFormat.FileHeaderBytes;
        while (offset < window.Length)
        {
            var left = window.Length - offset;
            var start = window.Peek(offset, HeadChunkFormat.EntryMinBytes);
            if (left < HeadChunkFormat.EntryMinBytes)
                return start.ContainsAnyExcept((byte)0) ? At(offset, "unread data, too short for a chunk's header") : null;
            if (start.Length < HeadChunkFormat.EntryMinBytes) return At(offset, "the file became shorter");
            if (HeadChunkFormat.IsEnd(start)) return null;
            var problem = HeadChunkFormat.ReadFrame(start, left, out var frame);
            if (problem is not null) return At(offset, problem);
            var bytes = window.Peek(offset, frame.EntryLength);
            problem = HeadChunkFormat.ReadEntry(bytes, frame, HeadChunkFormat.MakeRef(Number, offset), out var entry);
            if (problem is not null) return At(offset, problem);
            // Encodings that nobody knows are skipped, not refused: their samples are in the log too.
            var isKnown = entry.Encoding is ChunkEncoding.Xor or ChunkEncoding.Histogram or ChunkEncoding.FloatHistogram;
            if (isKnown && !visit(entry))
            {
                isRefused = true;
                return At(offset, $"chunk of series {entry.SeriesRef} does not follow the one before");
            }
            offset += frame.EntryLength;
        }
        return null;
    }

    public string At(long offset, string problem) => $"CORRUPT: head chunk file {Path} offset {offset}: {problem}";

    public void Dispose()
    {
        Written?.Dispose();
        Handle.Dispose();
    }
}
