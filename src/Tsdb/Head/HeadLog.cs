using Tsdb.Head.Snapshots;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>The head's write-ahead log: one writer at a time, flushed to the device as often as the options say.</summary>
/// <remarks>
/// <para>With <see cref="WalFsync.Commit"/> a write returns only after a flush that began after it; requests that wait at the
/// same time share one. When a flush fails, everything written since the last good one is lost: all who wait for it are told, the
/// segment is cut back to what is durable, and the next write begins another with the series that went with the cut. Nothing is
/// acknowledged before that new segment is safe. The log works again when the disk does.</para>
/// <para>Lock order: the flush lock, then the write lock. Nothing else is taken inside.</para>
/// </remarks>
internal sealed class HeadLog(SegmentWriter writer, WalFsync fsync) : IDisposable
{
    private readonly Lock _syncing = new(); // Held by the one who flushes, so that those who wait share the next flush.
    private readonly Lock _writing = new(); // Guards everything below.
    private FlushGroup _open = new();
    private FlushGroup? _flushing;
    private RecordBatch? _cutSeries; // Series records to be written first in the next segment.
    private bool _failed;

    /// <summary>What was written, for export.</summary>
    public WalCounters Counters => writer.Counters;

    /// <summary>Segment being written.</summary>
    public int Segment => writer.Segment;

    /// <summary>Where it ends; meaningful once it is closed.</summary>
    public SnapshotPosition End => new(writer.Segment, writer.Offset);

    /// <summary>Bytes on disk, checkpoints included.</summary>
    public long SizeBytes => writer.SizeBytes;

    /// <summary>Writes one record.</summary>
    /// <exception cref="IOException">The disk refused; nothing of the record counts as written.</exception>
    public void Write(ReadOnlySpan<byte> record)
    {
        FlushGroup mine;
        lock (_writing)
        {
            try
            {
                BeginWrite();
                writer.Log(record);
                mine = _open;
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
        }
        Settle(mine);
    }

    /// <summary>Writes records that belong together: all of them or, when one segment takes them, none.</summary>
    /// <exception cref="IOException">The disk refused; nothing of the records counts as written.</exception>
    public void Write(RecordBatch records)
    {
        if (records.Count == 0) return;
        FlushGroup mine;
        lock (_writing)
        {
            try
            {
                BeginWrite();
                for (var i = 0; i < records.Count; i++) writer.Append(records[i], records.WordsOf(i));
                writer.Flush();
                mine = _open;
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
        }
        Settle(mine);
    }

    /// <summary>Writes a record of new series. Not waited for: nobody relies on it before samples of these series are written,
    /// and whatever makes those durable makes it durable too.</summary>
    /// <exception cref="IOException">The disk refused; the record does not count as written.</exception>
    public void WriteSeries(ReadOnlySpan<byte> record)
    {
        lock (_writing)
        {
            try
            {
                BeginWrite();
                writer.Log(record);
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
            if (fsync == WalFsync.Commit) (_open.Series ??= new RecordBatch()).Add(record);
        }
    }

    /// <summary>Starts a new segment.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void NextSegment()
    {
        lock (_writing)
        {
            try
            {
                if (_failed) BeginWrite();
                else writer.NextSegment();
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
        }
    }

    /// <summary>Deletes the segments below a number, beside the writing of newer ones: a file system takes tens of milliseconds
    /// for each. One caller at a time.</summary>
    public void Truncate(int belowSegment) => writer.Truncate(belowSegment);

    /// <summary>Flushes what was written so far to the device.</summary>
    /// <exception cref="IOException">The device refused.</exception>
    public void Sync()
    {
        lock (_syncing) Flush();
    }

    /// <summary>Pads, flushes and closes.</summary>
    public void Dispose()
    {
        lock (_writing) writer.Dispose();
    }

    /// <summary>Returns when the group is durable, flushing it if nobody else does.</summary>
    private void Settle(FlushGroup mine)
    {
        if (fsync != WalFsync.Commit) return;
        lock (_syncing)
        {
            // Neither flushed nor lost means still open: a group is decided before the lock is given back.
            if (!mine.IsFlushed && mine.Failure is null) Flush();
        }
        if (mine.Failure is { } failure) throw new IOException(failure.Message, failure);
    }

    /// <summary>Flushes the open group. Needs the flush lock.</summary>
    private void Flush()
    {
        SyncPoint point;
        lock (_writing)
        {
            point = writer.Point;
            _flushing = _open;
            _open = new FlushGroup();
        }
        try
        {
            writer.Sync(point);
        }
        catch (IOException e)
        {
            lock (_writing) Lose(e);
            throw;
        }
        lock (_writing)
        {
            if (_flushing is null) return; // Lost meanwhile, together with the segment.
            writer.Confirm(point);
            _flushing.IsFlushed = true;
            _flushing = null;
        }
    }

    /// <summary>After a failure a new segment comes first, and in it the series that were cut from the old one.</summary>
    private void BeginWrite()
    {
        if (!_failed) return;
        if (writer.IsRefused) Lose(new IOException("the log could not be flushed"));
        writer.NextSegment();
        if (_cutSeries is not null)
        {
            for (var i = 0; i < _cutSeries.Count; i++) writer.Append(_cutSeries[i]);
            writer.Flush();
            (_open.Series ??= new RecordBatch()).Add(_cutSeries);
            _cutSeries = null;
        }
        _failed = false;
    }

    private void Fail(Exception e)
    {
        _failed = true;
        if (writer.IsRefused) Lose(e as IOException ?? new IOException(e.Message, e));
    }

    /// <summary>What is not durable is as good as gone: whoever waits for it must not be told otherwise.</summary>
    private void Lose(IOException e)
    {
        _failed = true;
        if (fsync != WalFsync.Commit) return; // What was acknowledged there lives in the system's cache, and stays in the file.
        Lose(_flushing, e);
        Lose(_open, e);
        _flushing = null;
        _open = new FlushGroup();
    }

    private void Lose(FlushGroup? group, IOException e)
    {
        if (group is null) return;
        if (group.Series is { } series) (_cutSeries ??= new RecordBatch()).Add(series);
        group.Failure = e;
    }
}
