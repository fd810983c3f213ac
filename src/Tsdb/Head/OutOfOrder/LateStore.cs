using System.Collections.Concurrent;
using Tsdb.Memory;

namespace Tsdb.Head.OutOfOrder;

/// <summary>What a head holds out of order, by series.</summary>
/// <remarks>
/// Only series that have something are here, so a head without such samples pays nothing. The table may be used from any thread;
/// what belongs to one series is guarded as <see cref="LateSeries"/> says. Memory is bounded by the capacity of a list and one
/// reference of 32 bytes for each chunk until compaction takes them; it is counted here.
/// </remarks>
internal sealed class LateStore : IDisposable
{
    private readonly ConcurrentDictionary<uint, LateSeries> _series = new();
    private long _allocatedBytes;
    private long _chunkCount;
    private int _deletedCount;

    /// <summary>Bounds of the times.</summary>
    public LateTimes Times { get; } = new();

    /// <summary>Who puts samples in; null while the head neither accepts nor has any.</summary>
    public LateWriter? Writer { get; set; }

    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => _series.IsEmpty;

    /// <summary>Bytes taken, about.</summary>
    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    /// <summary>Chunks in files and lists with samples.</summary>
    public long ChunkCount => Volatile.Read(ref _chunkCount);

    /// <summary>Deleted ranges of all chunks.</summary>
    public int DeletedCount => Volatile.Read(ref _deletedCount);

    /// <summary>Series that have an entry, in no order.</summary>
    public uint[] Indexes => [.. _series.Keys];

    /// <summary>What a series has; null for nearly every one.</summary>
    public LateSeries? Find(uint index) => !_series.IsEmpty && _series.TryGetValue(index, out var series) ? series : null;

    /// <summary>Whether a series has a sample out of order.</summary>
    public bool Has(uint index) => Find(index) is { IsEmpty: false };

    /// <summary>What a series has; made when missing.</summary>
    public LateSeries Of(uint index)
    {
        if (_series.TryGetValue(index, out var series)) return series;
        series = new LateSeries();
        _series[index] = series; // One writer at a time.
        Count(series.AllocatedBytes, 0);
        return series;
    }

    /// <summary>Forgets a series.</summary>
    public void Forget(uint index)
    {
        if (!_series.TryRemove(index, out var series)) return;
        Count(-series.AllocatedBytes, -series.ChunkCount);
        Interlocked.Add(ref _deletedCount, -series.DeletedCount);
    }

    /// <summary>Changes a series and counts what became of its size. Needs the gate and the stripe lock.</summary>
    public T Change<T, TArgument>(LateSeries series, TArgument argument, Func<LateSeries, TArgument, T> change)
    {
        var (bytes, chunks, deleted) = (series.AllocatedBytes, series.ChunkCount, series.DeletedCount);
        var result = change(series, argument);
        Count(series.AllocatedBytes - bytes, series.ChunkCount - chunks);
        if (series.DeletedCount != deleted) Interlocked.Add(ref _deletedCount, series.DeletedCount - deleted);
        return result;
    }

    /// <summary>Gives back what is counted.</summary>
    public void Dispose() => Count(-AllocatedBytes, -ChunkCount);

    private void Count(long bytes, long chunks)
    {
        Interlocked.Add(ref _allocatedBytes, bytes);
        OwnedBytes.Add(bytes);
        Interlocked.Add(ref _chunkCount, chunks);
    }
}
