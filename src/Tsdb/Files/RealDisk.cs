using Microsoft.Win32.SafeHandles;
using Tsdb.Memory;

namespace Tsdb.Files;

/// <summary>The disks of this machine.</summary>
internal sealed class RealDisk : IDisk
{
    private RealDisk()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static RealDisk Instance { get; } = new();

    /// <inheritdoc/>
    public IDiskFile CreateFile(string path) => new RealDiskFile(path, FileMode.CreateNew);

    /// <inheritdoc/>
    public IDiskFile OverwriteFile(string path) => new RealDiskFile(path, FileMode.Create);

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Libc.Rename(from, to);

    /// <inheritdoc/>
    public void Link(string existing, string added)
    {
        try
        {
            HardLink.CreateOrCopy(existing, added);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public void SyncFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            Libc.Fsync(file, path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path) => Libc.FsyncDirectory(path);

    /// <summary>Callers look for one exception; the runtime's text names the path.</summary>
    private static IOException Refused(UnauthorizedAccessException e) => new(e.Message, e);

    private sealed class RealDiskFile : IDiskFile
    {
        /// <summary>Most bytes of one call: for a longer one ext4 takes its cache in runs of pages that were rarely used
        /// before, and the same bytes cost five times as much (decision 0111).</summary>
        private const int PieceBytes = 64 << 10;

        public RealDiskFile(string path, FileMode mode)
        {
            Path = path;
            try
            {
                // Sharing everything keeps the runtime from taking advisory locks, which some network filesystems refuse.
                Handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (UnauthorizedAccessException e)
            {
                throw Refused(e);
            }
        }

        public string Path { get; }

        public SafeFileHandle Handle { get; }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            try
            {
                // Aligned in the file, so that only the first and the last piece are shorter.
                while (!bytes.IsEmpty)
                {
                    var piece = bytes[..(int)Math.Min(bytes.Length, PieceBytes - (offset % PieceBytes))];
                    RandomAccess.Write(Handle, piece, offset);
                    bytes = bytes[piece.Length..];
                    offset += piece.Length;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"write {Path} at {offset}: {e.Message}", e);
            }
        }

        public void SetLength(long length)
        {
            try
            {
                RandomAccess.SetLength(Handle, length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"truncate {Path} to {length}: {e.Message}", e);
            }
        }

        public void Sync() => Libc.Fsync(Handle, Path);

        public void Dispose() => Handle.Dispose();
    }
}
