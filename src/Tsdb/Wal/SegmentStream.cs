using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Tsdb.Wal;

/// <summary>A run of consecutive segments as one stream of bytes, each extended with zeros to whole pages.</summary>
/// <remarks>The extension keeps the page grid of a segment that ends early, so its defects are found in it and not in its
/// successor.</remarks>
internal sealed class SegmentStream : IDisposable
{
    // Three pages to read into and one for the zero extension: a fragment always fits behind the rest of the page before.
    private const int BufferBytes = 4 * PageFormat.PageBytes;

    private readonly string _directory;
    private readonly int _last;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private byte[] _joined = [];
    private SafeFileHandle? _file;
    private int _start;
    private int _end;
    private long _fileOffset;
    private bool _fileEnded;

    /// <summary>Begins at the front of a segment.</summary>
    /// <param name="directory">Where the segments are.</param>
    /// <param name="first">Number of the first one.</param>
    /// <param name="last">Number of the last one; all between must exist. Below <paramref name="first"/>: the stream is
    /// empty.</param>
    /// <exception cref="IOException">The first segment cannot be opened.</exception>
    public SegmentStream(string directory, int first, int last)
    {
        (_directory, _last, Segment) = (directory, last, first);
        if (first <= last) _file = Open(first);
    }

    /// <summary>Number of the segment being read.</summary>
    public int Segment { get; private set; }

    /// <summary>Bytes of <see cref="Segment"/> consumed so far, extension included.</summary>
    public long Offset { get; private set; }

    /// <summary>Takes the next bytes, across segments if need be.</summary>
    /// <param name="count">At most one page.</param>
    /// <returns>Fewer only at the end of everything. Valid until the next call.</returns>
    /// <exception cref="IOException">A segment cannot be opened or read.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _start < count) Fill(count);
        var available = _end - _start;
        return available >= count ? Consume(count) : TakeAcross(count);
    }

    /// <summary>Goes to another place of the segment.</summary>
    /// <param name="offset">Bytes from its beginning, at most its length rounded up to whole pages.</param>
    public void Seek(long offset) => (_start, _end, _fileOffset, _fileEnded, Offset) = (0, 0, offset, false, offset);

    /// <summary>Reads one page of the segment, extended with zeros; what <see cref="Take"/> gives next stays the same only
    /// after a
    /// <see cref="Seek"/>.</summary>
    /// <param name="offset">Where the page begins.</param>
    /// <returns>Valid until the next call of anything.</returns>
    /// <exception cref="IOException">The segment cannot be read.</exception>
    public ReadOnlySpan<byte> ReadPage(long offset)
    {
        Seek(offset);
        Fill(PageFormat.PageBytes);
        var read = Math.Min(_end, PageFormat.PageBytes);
        _buffer.AsSpan(read, PageFormat.PageBytes - read).Clear();
        return _buffer.AsSpan(0, PageFormat.PageBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        if (_joined.Length > 0) ArrayPool<byte>.Shared.Return(_joined);
        (_file, _buffer, _joined) = (null, [], []);
    }

    private ReadOnlySpan<byte> Consume(int count)
    {
        var bytes = _buffer.AsSpan(_start, count);
        _start += count;
        Offset += count;
        return bytes;
    }

    /// <summary>Only damaged logs have a header or fragment that reaches into the next segment; readers follow it
    /// there.</summary>
    private ReadOnlySpan<byte> TakeAcross(int count)
    {
        if (_joined.Length == 0) _joined = ArrayPool<byte>.Shared.Rent(PageFormat.PageBytes);
        var joined = 0;
        while (true)
        {
            var part = Consume(Math.Min(count - joined, _end - _start));
            part.CopyTo(_joined.AsSpan(joined));
            joined += part.Length;
            if (joined == count || _file is null || Segment >= _last) return _joined.AsSpan(0, joined);
            NextSegment();
            Fill(count - joined);
        }
    }

    private void NextSegment()
    {
        var next = Open(Segment + 1);
        _file?.Dispose();
        _file = next;
        Segment++;
        (_start, _end, _fileOffset, _fileEnded, Offset) = (0, 0, 0, false, 0);
    }

    private void Fill(int count)
    {
        if (_file is null || _fileEnded) return;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < count && !_fileEnded) ReadOnce();
    }

    private void ReadOnce()
    {
        // Room for the zero extension stays free: it is shorter than a page.
        var room = _buffer.AsSpan(_end, BufferBytes - PageFormat.PageBytes - _end);
        int read;
        try
        {
            read = RandomAccess.Read(_file!, room, _fileOffset);
        }
        catch (IOException e)
        {
            var path = SegmentDirectory.SegmentPath(_directory, Segment);
            throw new IOException($"read {path} at {_fileOffset}: {e.Message}", e);
        }
        if (read == 0)
        {
            var used = (int)(_fileOffset % PageFormat.PageBytes);
            read = used == 0 ? 0 : PageFormat.PageBytes - used;
            _buffer.AsSpan(_end, read).Clear();
            _fileEnded = true;
        }
        _end += read;
        _fileOffset += read;
    }

    private SafeFileHandle Open(int segment)
    {
        var path = SegmentDirectory.SegmentPath(_directory, segment);
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"open WAL segment {path}: {e.Message}", e);
        }
    }
}
