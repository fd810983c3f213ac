using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>Real segment files whose operations fail on command; a failing write can leave part of its bytes behind.</summary>
internal sealed class FailingDisk
{
    private readonly object _lock = new();
    private int _writesBefore;
    private int _writesToFail;
    private int _tornBytes;
    private int _syncsToFail;
    private string? _syncPath;

    public bool FailCreates { get; set; }

    public bool FailTruncates { get; set; }

    public ISegmentFile Create(string path)
    {
        if (FailCreates) throw new IOException("No space left on device");
        return new FailingFile(this, new SegmentFile(path), path);
    }

    public void FailWrites(int count, int tornBytes = 0, int after = 0)
    {
        lock (_lock) (_writesToFail, _tornBytes, _writesBefore) = (count, tornBytes, after);
    }

    public void FailSyncs(int count, string? path = null)
    {
        lock (_lock) (_syncsToFail, _syncPath) = (count, path);
    }

    private bool WriteFails()
    {
        lock (_lock) return _writesBefore-- <= 0 && _writesToFail-- > 0;
    }

    private bool SyncFails(string path)
    {
        lock (_lock) return (_syncPath is null || _syncPath == path) && _syncsToFail-- > 0;
    }

    private sealed class FailingFile(FailingDisk disk, SegmentFile file, string path) : ISegmentFile
    {
        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (!disk.WriteFails())
            {
                file.Write(bytes, offset);
                return;
            }
            file.Write(bytes[..Math.Min(bytes.Length, disk._tornBytes)], offset);
            throw new IOException("No space left on device");
        }

        public void Truncate(long length)
        {
            if (disk.FailTruncates) throw new IOException("Input/output error");
            file.Truncate(length);
        }

        public void Sync()
        {
            if (disk.SyncFails(path)) throw new IOException("Input/output error");
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
