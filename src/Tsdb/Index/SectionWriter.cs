using Microsoft.Win32.SafeHandles;
using Tsdb.Files;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>Writes a new file front to back through a buffer, with a running checksum over the section being written.</summary>
/// <remarks>Write into <see cref="Buffer"/>, then call <see cref="Settle"/> after each item. One owner, one thread.</remarks>
internal sealed class SectionWriter : IDisposable
{
    /// <summary>Buffered bytes that make a write worth its system call.</summary>
    private const int FlushAtBytes = 1 << 20;

    /// <summary>Written bytes that wait for the device at most: when the log begins a segment, its directory's flush makes the
    /// file system write everything that waits, and requests wait for that (docs/decisions/0109).</summary>
    private const int UnsyncedBytesMax = 16 << 20;

    private readonly IDiskFile _file;
    private long _syncedBytes;
    private long _flushedBytes;
    private uint _crc;
    private int _crcFrom;

    public SectionWriter(string path, IDisk disk) => _file = disk.CreateFile(path);

    /// <summary>For reading back what was flushed.</summary>
    public SafeFileHandle Handle => _file.Handle;

    public ByteBuffer Buffer { get; } = new(FlushAtBytes + (FlushAtBytes / 8));

    /// <summary>Offset of the next byte.</summary>
    public long Position => _flushedBytes + Buffer.Length;

    /// <summary>Lets the buffer go to the file when it is full enough.</summary>
    public void Settle()
    {
        if (Buffer.Length < FlushAtBytes) return;
        Flush();
        if (_flushedBytes - _syncedBytes < UnsyncedBytesMax) return;
        _file.Sync();
        _syncedBytes = _flushedBytes;
    }

    /// <summary>Writes zeros up to a multiple of <paramref name="alignment"/>.</summary>
    public void Align(int alignment)
    {
        while (Position % alignment != 0) Buffer.WriteByte(0);
    }

    /// <summary>The checksum starts with the next byte.</summary>
    public void BeginChecksum()
    {
        _crc = 0;
        _crcFrom = Buffer.Length;
    }

    /// <summary>Writes the checksum of everything since <see cref="BeginChecksum"/>.</summary>
    public void EndChecksum() => Buffer.WriteUInt32(Crc32C.Append(_crc, Buffer.Written[_crcFrom..]));

    public void Flush()
    {
        _crc = Crc32C.Append(_crc, Buffer.Written[Math.Min(_crcFrom, Buffer.Length)..]);
        _crcFrom = 0;
        _file.Write(Buffer.Written, _flushedBytes);
        _flushedBytes += Buffer.Length;
        Buffer.Clear();
    }

    /// <summary>Flushes to the device.</summary>
    public void Finish()
    {
        Flush();
        _file.Sync();
    }

    public void Dispose()
    {
        _file.Dispose();
        Buffer.Dispose();
    }
}
