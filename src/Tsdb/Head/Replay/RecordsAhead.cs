using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tsdb.Wal;

namespace Tsdb.Head.Replay;

/// <summary>Reads the segments of a log on a thread of its own, a few pages of records ahead of who uses them.</summary>
/// <remarks>
/// <code>
/// using var ahead = new RecordsAhead(count, open, isThreaded);
/// while (ahead.Next() is { } page) { for (var i = 0; i &lt; page.Count; i++) Use(page[i]); }
/// </code>
/// Checksums and decompression are a quarter of a replay. The number of pages is fixed, so memory is bounded: a page is 256 KiB
/// and what its last record is longer. What the reading throws is thrown to the user.
/// </remarks>
internal sealed class RecordsAhead : IDisposable
{
    private const int Pages = 4;

    private readonly BlockingCollection<RecordPage> _full = [];
    private readonly BlockingCollection<RecordPage> _free = [];
    private readonly Func<int, SegmentReader> _open;
    private readonly int _parts;
    private readonly Thread? _thread;
    private SegmentReader? _reader;
    private RecordPage? _inUse;
    private Exception? _failure;
    private int _part;

    /// <summary>Begins to read.</summary>
    /// <param name="parts">Number of segments.</param>
    /// <param name="open">Opens one of them; called in ascending order, from the reading thread.</param>
    /// <param name="isThreaded">Otherwise each page is read when it is asked for.</param>
    public RecordsAhead(int parts, Func<int, SegmentReader> open, bool isThreaded)
    {
        (_parts, _open) = (parts, open);
        for (var i = 0; i < (isThreaded ? Pages : 1); i++) _free.Add(new RecordPage());
        if (!isThreaded) return;
        _thread = new Thread(Run) { IsBackground = true, Name = "replay read" };
        _thread.Start();
    }

    /// <summary>The next records; valid until the next call. Null at the end of the last segment.</summary>
    /// <exception cref="IOException">A segment cannot be opened or read.</exception>
    public RecordPage? Next()
    {
        if (_inUse is not null) _free.Add(_inUse);
        _inUse = null;
        if (_thread is null)
        {
            if (_part < _parts) _inUse = Fill(_free.Take());
            return _inUse;
        }
        if (_full.TryTake(out _inUse, Timeout.Infinite)) return _inUse;
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
        return null;
    }

    /// <summary>Stops the reading.</summary>
    public void Dispose()
    {
        _free.CompleteAdding();
        _thread?.Join();
        _reader?.Dispose();
        _inUse?.Dispose();
        while (_full.TryTake(out var page)) page.Dispose();
        while (_free.TryTake(out var page)) page.Dispose();
        _full.Dispose();
        _free.Dispose();
    }

    private void Run()
    {
        try
        {
            // Once disposed the free pages run out.
            while (_part < _parts && _free.TryTake(out var page, Timeout.Infinite)) _full.Add(Fill(page));
        }
        catch (Exception e)
        {
            _failure = e;
        }
        _full.CompleteAdding();
    }

    private RecordPage Fill(RecordPage page)
    {
        _reader ??= _open(_part);
        page.Fill(_reader, _part);
        if (!page.EndsPart) return page;
        _reader.Dispose();
        _reader = null;
        _part++;
        return page;
    }
}
