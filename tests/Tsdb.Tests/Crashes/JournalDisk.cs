using Microsoft.Win32.SafeHandles;
using Tsdb.Files;

namespace Tsdb.Tests.Crashes;

/// <summary>A disk that does everything really, except flushing, and writes down each step in the order of their
/// effects.</summary>
/// <param name="root">Directory below which everything happens.</param>
internal sealed class JournalDisk(string root) : IDisk
{
    private readonly Lock _lock = new(); // Each step and its entry are one.
    private readonly List<DiskOperation> _operations = [];
    private int _files;

    /// <summary>Steps so far: the place at which a crash would happen now.</summary>
    public int Position
    {
        get { lock (_lock) return _operations.Count; }
    }

    public DiskOperation[] Operations
    {
        get { lock (_lock) return [.. _operations]; }
    }

    public IDiskFile CreateFile(string path)
    {
        lock (_lock)
        {
            var file = RealDisk.Instance.CreateFile(path);
            Add(new DiskOperation(DiskOperationKind.CreateFile, Relative(path), File: _files));
            return new JournalFile(this, file, _files++);
        }
    }

    public IDiskFile OverwriteFile(string path)
    {
        lock (_lock)
        {
            var file = RealDisk.Instance.OverwriteFile(path);
            Add(new DiskOperation(DiskOperationKind.OverwriteFile, Relative(path), File: _files));
            return new JournalFile(this, file, _files++);
        }
    }

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            if (Directory.Exists(path)) return;
            CreateDirectory(Path.GetDirectoryName(path)!);
            RealDisk.Instance.CreateDirectory(path);
            Add(new DiskOperation(DiskOperationKind.CreateDirectory, Relative(path)));
        }
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            RealDisk.Instance.Rename(from, to);
            Add(new DiskOperation(DiskOperationKind.Rename, Relative(from), Relative(to)));
        }
    }

    public void Link(string existing, string added)
    {
        lock (_lock)
        {
            RealDisk.Instance.Link(existing, added);
            Add(new DiskOperation(DiskOperationKind.Link, Relative(existing), Relative(added)));
        }
    }

    public void DeleteFile(string path)
    {
        lock (_lock)
        {
            if (!File.Exists(path)) return;
            RealDisk.Instance.DeleteFile(path);
            Add(new DiskOperation(DiskOperationKind.DeleteFile, Relative(path)));
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_lock)
        {
            if (!Directory.Exists(path)) return;
            foreach (var directory in Directory.GetDirectories(path)) DeleteDirectory(directory);
            foreach (var file in Directory.GetFiles(path)) DeleteFile(file);
            RealDisk.Instance.DeleteDirectory(path);
            Add(new DiskOperation(DiskOperationKind.DeleteDirectory, Relative(path)));
        }
    }

    public void SyncFile(string path)
    {
        lock (_lock) Add(new DiskOperation(DiskOperationKind.SyncPath, Relative(path)));
    }

    public void SyncDirectory(string path)
    {
        lock (_lock) Add(new DiskOperation(DiskOperationKind.SyncDirectory, Relative(path)));
    }

    private void Add(DiskOperation operation) => _operations.Add(operation);

    private string Relative(string path) => Path.GetRelativePath(root, path);

    private sealed class JournalFile(JournalDisk disk, IDiskFile file, int number) : IDiskFile
    {
        public string Path => file.Path;

        public SafeFileHandle Handle => file.Handle;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (disk._lock)
            {
                file.Write(bytes, offset);
                Add(DiskOperationKind.Write, offset, bytes.ToArray());
            }
        }

        public void SetLength(long length)
        {
            lock (disk._lock)
            {
                file.SetLength(length);
                Add(DiskOperationKind.SetLength, length, null);
            }
        }

        public void Sync()
        {
            lock (disk._lock)
            {
                ObjectDisposedException.ThrowIf(file.Handle.IsClosed, this);
                Add(DiskOperationKind.SyncFile, 0, null);
            }
        }

        public void Dispose() => file.Dispose();

        private void Add(DiskOperationKind kind, long offset, byte[]? bytes) =>
            disk.Add(new DiskOperation(kind, disk.Relative(Path), File: number, Offset: offset, Bytes: bytes));
    }
}
