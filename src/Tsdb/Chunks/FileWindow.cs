using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Tsdb.Chunks;

/// <summary>Sequential reads of a file through one buffer, so that a scan costs one system call per window.</summary>
/// <remarks>One owner, one thread. A span is valid until the next call.</remarks>
internal sealed class FileWindow(SafeFileHandle file, long length, int windowBytes = 1 << 20) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(windowBytes);
    private long _start;
    private int _filled;

    /// <summary>Length of the file when the scan began; nothing past it is read.</summary>
    public long Length { get; } = length;

    /// <summary>The bytes at an offset, fewer than asked for only at the end of the file.</summary>
    /// <param name="offset">0 or more.</param>
    /// <param name="count">Bytes wanted; compared with what the file has before anything is allocated.</param>
    public ReadOnlySpan<byte> Peek(long offset, int count)
    {
        if (offset >= Length) return default;
        count = (int)Math.Min(count, Length - offset);
        if (offset < _start || offset + count > _start + _filled) Fill(offset, count);
        var at = (int)(offset - _start);
        return _bytes.AsSpan(at, Math.Min(count, _filled - at));
    }

    /// <summary>Returns the buffer; the file stays open.</summary>
    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _filled = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Fill(long offset, int count)
    {
        if (count > _bytes.Length)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(count);
        }
        _start = offset;
        _filled = 0;
        var wanted = (int)Math.Min(_bytes.Length, Length - offset);
        while (_filled < wanted)
        {
            var read = RandomAccess.Read(file, _bytes.AsSpan(_filled, wanted - _filled), offset + _filled);
            if (read == 0) break;
            _filled += read;
        }
    }
}
