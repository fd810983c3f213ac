using Microsoft.Win32.SafeHandles;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>One segment being written: the seam at which tests make the disk fail.</summary>
internal interface ISegmentFile : IDisposable
{
    /// <summary>Writes all bytes at an offset.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file to a length: takes back what a failed write left behind.</summary>
    void Truncate(long length);

    /// <summary>Flushes the file to the device.</summary>
    void Sync();
}

/// <summary>A segment on disk.</summary>
internal sealed class SegmentFile : ISegmentFile
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    /// <summary>Creates the file, and makes its name durable; an existing file is never touched.</summary>
    /// <exception cref="IOException">It exists or cannot be created.</exception>
    public SegmentFile(string path)
    {
        _path = path;
        // Sharing everything keeps the runtime from taking advisory locks, which some network filesystems refuse.
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Libc.FsyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch
        {
            _handle.Dispose();
            File.Delete(path); // The name must be free for the next attempt.
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(_handle, bytes, offset);

    /// <inheritdoc/>
    public void Truncate(long length) => RandomAccess.SetLength(_handle, length);

    /// <inheritdoc/>
    public void Sync() => Libc.Fsync(_handle, _path);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
