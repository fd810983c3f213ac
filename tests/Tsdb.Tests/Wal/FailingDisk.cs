using Microsoft.Win32.SafeHandles;
using Tsdb.Files;

namespace Tsdb.Tests.Wal;

/// <summary>The real disk, whose operations fail on command; a failing write can leave part of its bytes behind.</summary>
internal sealed class FailingDisk : IDisk
{
    private readonly object _lock = new();
    private int _writesBefore;
    private int _writesToFail;
    private int _tornBytes;
    private int _syncsToFail;
    private string? _syncPath;

    /// <summary>Writes that succeeded.</summary>
    public long Writes;

    public bool FailCreates { get; set; }

    /// <summary>Called before a file is flushed, with its path.</summary>
    public Action<string>? BeforeSync { get; set; }

    public bool FailTruncates { get; set; }

    /// <summary>Asked before every write and rename with "write" or "rename" and the path; null refuses nothing.</summary>
    public Func<string, string, bool>? Refuses { get; set; }

    public void FailWrites(int count, int tornBytes = 0, int after = 0)
    {
        lock (_lock) (_writesToFail, _tornBytes, _writesBefore) = (count, tornBytes, after);
    }

    public void FailSyncs(int count, string? path = null)
    {
        lock (_lock) (_syncsToFail, _syncPath) = (count, path);
    }

    public IDiskFile CreateFile(string path)
    {
        if (FailCreates) throw new IOException("No space left on device");
        return new FailingFile(this, RealDisk.Instance.CreateFile(path));
    }

    public IDiskFile OverwriteFile(string path)
    {
        if (FailCreates) throw new IOException("No space left on device");
        return new FailingFile(this, RealDisk.Instance.OverwriteFile(path));
    }

    public void CreateDirectory(string path) => RealDisk.Instance.CreateDirectory(path);

    public void Rename(string from, string to)
    {
        if (Refuses?.Invoke("rename", to) == true) throw new IOException("No space left on device");
        RealDisk.Instance.Rename(from, to);
    }

    public void Link(string existing, string added) => RealDisk.Instance.Link(existing, added);

    public void DeleteFile(string path) => RealDisk.Instance.DeleteFile(path);

    public void DeleteDirectory(string path) => RealDisk.Instance.DeleteDirectory(path);

    public void SyncFile(string path) => RealDisk.Instance.SyncFile(path);

    public void SyncDirectory(string path) => RealDisk.Instance.SyncDirectory(path);

    private bool WriteFails()
    {
        lock (_lock) return _writesBefore-- <= 0 && _writesToFail-- > 0;
    }

    private bool SyncFails(string path)
    {
        lock (_lock) return (_syncPath is null || _syncPath == path) && _syncsToFail-- > 0;
    }

    private sealed class FailingFile(FailingDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public SafeFileHandle Handle => file.Handle;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (disk.Refuses?.Invoke("write", Path) == true) throw new IOException("No space left on device");
            if (!disk.WriteFails())
            {
                file.Write(bytes, offset);
                Interlocked.Increment(ref disk.Writes);
                return;
            }
            file.Write(bytes[..Math.Min(bytes.Length, disk._tornBytes)], offset);
            throw new IOException("No space left on device");
        }

        public void SetLength(long length)
        {
            if (disk.FailTruncates) throw new IOException("Input/output error");
            file.SetLength(length);
        }

        public void Sync()
        {
            disk.BeforeSync?.Invoke(Path);
            if (disk.SyncFails(Path)) throw new IOException("Input/output error");
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
