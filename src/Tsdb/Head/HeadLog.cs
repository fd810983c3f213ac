using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>The head's write-ahead log: one writer at a time, flushed to the device as often as the options say.</summary>
/// <remarks>
/// With <see cref="WalFsync.Commit"/> a write returns only after a flush that began after it; requests that wait at the same time
/// share one. After a failure the next write first tries to start a new segment, so the log works again when the disk does.
/// </remarks>
internal sealed class HeadLog(SegmentWriter writer, WalFsync fsync) : IDisposable
{
    private readonly Lock _writing = new(); // Guards the writer, the count and the failure flag.
    private readonly Lock _syncing = new(); // Held during a flush, so that those who wait share the next one.
    private long _written;
    private long _synced;
    private bool _failed;

    /// <summary>What was written, for export.</summary>
    public WalCounters Counters => writer.Counters;

    /// <summary>Segment being written.</summary>
    public int Segment => writer.Segment;

    /// <summary>Bytes on disk, checkpoints included.</summary>
    public long SizeBytes => writer.SizeBytes;

    /// <summary>Writes one record.</summary>
    /// <exception cref="IOException">The disk refused; nothing of the record counts as written.</exception>
    public void Write(ReadOnlySpan<byte> record)
    {
        long mine;
        lock (_writing)
        {
            try
            {
                if (_failed) writer.NextSegment();
                _failed = true;
                writer.Log(record);
                _failed = false;
            }
            finally
            {
                mine = ++_written;
            }
        }
        if (fsync == WalFsync.Commit) SyncUpTo(mine);
    }

    /// <summary>Starts a new segment.</summary>
    public void NextSegment()
    {
        lock (_writing) writer.NextSegment();
    }

    /// <summary>Deletes the segments below a number.</summary>
    public void Truncate(int belowSegment)
    {
        lock (_writing) writer.Truncate(belowSegment);
    }

    /// <summary>Flushes what was written so far to the device.</summary>
    public void Sync() => SyncUpTo(Volatile.Read(ref _written));

    /// <summary>Pads, flushes and closes.</summary>
    public void Dispose()
    {
        lock (_writing) writer.Dispose();
    }

    private void SyncUpTo(long mine)
    {
        lock (_syncing)
        {
            if (_synced >= mine) return;
            var target = Volatile.Read(ref _written);
            try
            {
                writer.Sync();
            }
            catch (IOException)
            {
                lock (_writing) _failed = true;
                throw;
            }
            _synced = target;
        }
    }
}
