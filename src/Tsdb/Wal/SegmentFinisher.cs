using System.Diagnostics;
using Tsdb.Files;

namespace Tsdb.Wal;

/// <summary>Flushes and closes finished segments in the background, makes the names of their successors durable, and keeps the
/// first failure until someone hears of it.</summary>
/// <remarks>A file system may write all of a finished segment before it flushes the directory: half a second in which nothing
/// could be logged if the writer waited for it. The lock guards the count and the failure; no other lock is taken inside
/// it.</remarks>
internal sealed class SegmentFinisher(string directory, IDisk disk, WalCounters counters)
{
    private readonly object _lock = new();
    private int _pending;
    private Exception? _failure;

    /// <summary>Announces a segment that will be handed over by <see cref="Finish"/>, or not: <see cref="Abandon"/>.</summary>
    /// <remarks>Called before the writer turns to the next segment, so that nobody who waits sees neither of the two.</remarks>
    public void Begin()
    {
        lock (_lock) _pending++;
    }

    /// <summary>Takes back an announcement.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _pending--;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Takes over an announced segment that nobody writes any more.</summary>
    public void Finish(IDiskFile file, string path)
    {
        ThreadPool.UnsafeQueueUserWorkItem(
            static job => job.Owner.Run(job.File, job.Path), (Owner: this, File: file, Path: path), preferLocal: false);
    }

    /// <summary>Waits until every segment handed over is flushed and closed.</summary>
    /// <exception cref="IOException">One of them, or the directory, could not be flushed. Reported once.</exception>
    public void WaitIdle()
    {
        lock (_lock)
        {
            while (_pending > 0) Monitor.Wait(_lock);
        }
        ThrowIfFailed();
    }

    /// <summary>Reports a failure of the background, once.</summary>
    /// <exception cref="IOException">A finished segment could not be flushed: its data may be lost with the next power
    /// failure.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is null) return;
        Exception? failure;
        lock (_lock) (failure, _failure) = (_failure, null);
        if (failure is not null) throw new IOException(failure.Message, failure);
    }

    private void Run(IDiskFile file, string path)
    {
        var started = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            using (file) file.Sync();
            disk.SyncDirectory(directory);
        }
#pragma warning disable CA1031 // Whatever went wrong belongs to the writer, not to the pool's thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = new IOException($"sync previous segment {path}: {e.Message}", e);
        }
        counters.Fsyncs.DoneSince(started);
        lock (_lock)
        {
            _failure ??= failure;
            _pending--;
            Monitor.PulseAll(_lock);
        }
    }
}
