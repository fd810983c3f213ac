using System.Collections.Concurrent;

namespace Receiver.RemoteWrite;

/// <summary>Keeps batches between requests.</summary>
/// <param name="batchesMax">Most batches kept; more are made when needed and dropped when given back.</param>
public sealed class BatchPool(int batchesMax)
{
    private readonly ConcurrentQueue<Batch> _kept = new();
    private int _count;
    private long _outstanding;

    /// <summary>Batches rented and not yet given back.</summary>
    public long Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>A batch with one reference; give it back with <see cref="Batch.Release"/>.</summary>
    public Batch Rent()
    {
        Interlocked.Increment(ref _outstanding);
        if (_kept.TryDequeue(out var batch)) Interlocked.Decrement(ref _count);
        else batch = new Batch(this);
        batch.Retain();
        return batch;
    }

    internal void Return(Batch batch)
    {
        Interlocked.Decrement(ref _outstanding);
        if (batch.IsWorthKeeping && Interlocked.Increment(ref _count) <= batchesMax)
        {
            _kept.Enqueue(batch);
            return;
        }
        if (batch.IsWorthKeeping) Interlocked.Decrement(ref _count);
        batch.Dispose();
    }
}
