using Microsoft.Win32.SafeHandles;
using Tsdb.Files;

namespace Tsdb.Tests.Crashes;

/// <summary>A disk on which some steps in a row fail: each with the path in its message, a write after half of its
/// bytes.</summary>
/// <param name="disk">What carries out the others.</param>
/// <param name="first">Number of the first step that fails, from 0.</param>
/// <param name="count">How many fail.</param>
internal sealed class FaultyDisk(IDisk disk, int first, int count) : IDisk
{
    private int _steps;

    /// <summary>The first step that failed.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>Whether all failures are over.</summary>
    public bool IsSound => Volatile.Read(ref _steps) >= first + count;

    public IDiskFile CreateFile(string path)
    {
        Step("create", path);
        return new FaultyFile(this, disk.CreateFile(path));
    }

    public IDiskFile OverwriteFile(string path)
    {
        Step("overwrite", path);
        return new FaultyFile(this, disk.OverwriteFile(path));
    }

    public void CreateDirectory(string path)
    {
        Step("mkdir", path);
        disk.CreateDirectory(path);
    }

    public void Rename(string from, string to)
    {
        Step("rename", from);
        disk.Rename(from, to);
    }

    public void Link(string existing, string added)
    {
        Step("link", existing);
        disk.Link(existing, added);
    }

    public void DeleteFile(string path)
    {
        Step("delete", path);
        disk.DeleteFile(path);
    }

    public void DeleteDirectory(string path)
    {
        Step("rmdir", path);
        disk.DeleteDirectory(path);
    }

    public void SyncFile(string path)
    {
        Step("fsync", path);
        disk.SyncFile(path);
    }

    public void SyncDirectory(string path)
    {
        Step("fsync directory", path);
        disk.SyncDirectory(path);
    }

    private void Step(string what, string path)
    {
        var step = Interlocked.Increment(ref _steps) - 1;
        if (step < first || step >= first + count) return;
        if (Fault.Length == 0) Fault = $"{what} {path}";
        throw new IOException($"{what} {path}: the disk is broken");
    }

    private sealed class FaultyFile(FaultyDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public SafeFileHandle Handle => file.Handle;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            try
            {
                disk.Step("write", Path);
            }
            catch (IOException)
            {
                file.Write(bytes[..(bytes.Length / 2)], offset);
                throw;
            }
            file.Write(bytes, offset);
        }

        public void SetLength(long length)
        {
            disk.Step("truncate", Path);
            file.SetLength(length);
        }

        public void Sync()
        {
            ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
            disk.Step("fsync", Path);
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
