using System.Collections.Concurrent;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>What a head keeps of native histograms: open chunks by series, bytes of complete ones.</summary>
/// <remarks>
/// Series of histograms are few and their chunks large, so they are ordinary objects. What belongs to one series is guarded by
/// its stripe lock; everything else may be used from any thread.
/// </remarks>
internal sealed class HistogramStore(uint seriesMax) : IDisposable
{
    /// <summary>Address space for complete chunks, which wait a second or so for their file.</summary>
    private const long HeapBytesMax = 16L << 30;

    private readonly NativeSlab<uint> _slots = new(seriesMax); // By series, one above the slot of its object; 0 = none.
    private readonly ByteHeap _heap = new(HeapBytesMax); // Complete chunks.
    private readonly ConcurrentDictionary<uint, byte[]> _long = new(); // Those that are too long for it, by chunk.
    private readonly Lock _lock = new(); // Guards the slab's end and which slots are in use.
    private readonly Stack<uint> _free = [];
    private volatile OpenHistograms?[] _open = [];
    private uint _end;

    private long _sizeBytes;

    /// <summary>Bytes of objects, slots and complete chunks.</summary>
    public long SizeBytes => Volatile.Read(ref _sizeBytes) + _slots.CommittedBytes + _heap.CommittedBytes;

    /// <summary>Layouts that chunks share.</summary>
    public SharedLayouts Layouts { get; } = new();

    /// <summary>What a series of histograms has open; made when missing.</summary>
    public OpenHistograms Of(uint series) => Find(series) ?? Add(series);

    /// <summary>Asks the processor for what an append to a series will touch, in three steps that each need the one
    /// before.</summary>
    /// <param name="series">Any series.</param>
    /// <param name="step">0: the object; 1: its chunk; 2: the chunk's memory.</param>
    /// <remarks>Needs no lock: what it sees may be old, then the hint is wasted.</remarks>
    public void Prefetch(uint series, int step)
    {
        if (Find(series) is not { } open) return;
        if (step == 0) CacheLine.Prefetch(open, 0, OpenHistograms.ObjectBytes);
        else if (step == 1) CacheLine.Prefetch(open.Chunk, 0, HistogramChunk.ObjectBytes);
        else open.Chunk?.Prefetch();
    }

    /// <summary>Counts anew what a series has open, after it changed.</summary>
    public void Recount(OpenHistograms open)
    {
        var size = open.SizeBytes;
        if (size == open.CountedBytes) return;
        Count(size - open.CountedBytes);
        open.CountedBytes = size;
    }

    /// <summary>Forgets a series that is gone, or goes on with floats.</summary>
    public void Forget(uint series)
    {
        if (Find(series) is not { } open) return;
        lock (_lock)
        {
            var slot = _slots[series] - 1;
            _slots[series] = 0;
            _open[slot] = null;
            _free.Push(slot);
        }
        Count(-open.CountedBytes);
    }

    /// <summary>Keeps a copy of a complete chunk's bytes until it is in a file.</summary>
    public void Keep(uint index, ref FullChunk chunk, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= ByteHeap.LengthMax)
        {
            chunk.FirstBlock = _heap.Store(bytes);
            chunk.LengthBytes = (ushort)bytes.Length;
            return;
        }
        chunk.LengthBytes = 0;
        _long[index] = bytes.ToArray();
        Count(bytes.Length);
    }

    /// <summary>Bytes of a complete chunk that is in memory.</summary>
    public ReadOnlySpan<byte> BytesOf(uint index, in FullChunk chunk) =>
        chunk.LengthBytes > 0 ? _heap.Read(chunk.FirstBlock, chunk.LengthBytes) : _long[index];

    /// <summary>Forgets the bytes of a complete chunk.</summary>
    public void FreeBytes(uint index, in FullChunk chunk)
    {
        if (chunk.LengthBytes > 0) _heap.Free(chunk.FirstBlock, chunk.LengthBytes);
        else if (_long.TryRemove(index, out var bytes)) Count(-bytes.Length);
    }

    /// <summary>Gives back what is counted.</summary>
    public void Dispose()
    {
        Count(-Volatile.Read(ref _sizeBytes));
        _slots.Dispose();
        _heap.Dispose();
    }

    private OpenHistograms? Find(uint series)
    {
        if (series >= _slots.End) return null;
        var slot = _slots[series] - 1;
        var open = _open;
        return slot < (uint)open.Length ? open[slot] : null;
    }

    private OpenHistograms Add(uint series)
    {
        var open = new OpenHistograms();
        lock (_lock)
        {
            if (series >= _slots.End) _slots.Extend(series + 1 - _slots.End);
            if (!_free.TryPop(out var slot)) slot = _end++;
            var all = _open;
            if (slot >= (uint)all.Length)
            {
                // Places are written under the lock alone, so none is lost; who reads the old ones finds what is there.
                Array.Resize(ref all, Math.Max(64, 2 * all.Length));
                _open = all;
            }
            all[slot] = open;
            Volatile.Write(ref _slots[series], slot + 1);
        }
        return open;
    }

    private void Count(long bytes)
    {
        Interlocked.Add(ref _sizeBytes, bytes);
        OwnedBytes.Add(bytes);
    }
}
