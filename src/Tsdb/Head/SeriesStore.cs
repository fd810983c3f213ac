using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The memory of all series of a head: their hot and cold halves, chunks and locks.</summary>
/// <remarks>
/// A series is an index into both slabs. Its samples and chunks belong to its stripe's lock: 64 neighbours share a stripe, so a
/// request that comes in the order of creation takes few locks. Slots are taken and freed under the index lock.
/// </remarks>
internal sealed class SeriesStore : IDisposable
{
    /// <summary>Neighbours that share a stripe and a mark for unwritten chunks.</summary>
    private const int GroupShift = 6;
    private const int StripesCount = 1024; // A power of two, many times the threads that append at once.
    private const uint SeriesMax = 1u << 27; // 134 million series: 8 GiB of address space for their hot half.
    private const uint BlocksMax = 1u << 30; // 64 GiB of open chunks.

    private readonly NativeSlab<byte> _unwritten = new((SeriesMax >> GroupShift) + 1);
    private readonly Lock[] _stripes = new Lock[StripesCount];

    /// <summary>Creates an empty store.</summary>
    public SeriesStore(long chunkRangeMs)
    {
        for (var i = 0; i < StripesCount; i++) _stripes[i] = new Lock();
        Open = new OpenChunk(Blocks, chunkRangeMs);
    }

    /// <summary>What an append touches.</summary>
    public NativeSlab<MemSeries> Hot { get; } = new(SeriesMax);

    /// <summary>The rest.</summary>
    public NativeSlab<ColdSeries> Cold { get; } = new(SeriesMax);

    /// <summary>Bytes of open and unwritten chunks.</summary>
    public ChunkBlocks Blocks { get; } = new(BlocksMax);

    /// <summary>Complete chunks.</summary>
    public FullChunks Full { get; } = new(SeriesMax);

    /// <summary>The open chunk's codec.</summary>
    public OpenChunk Open { get; }

    /// <summary>Groups of series that exist.</summary>
    public uint GroupsCount => _unwritten.End;

    /// <summary>The lock of a series' samples and chunks.</summary>
    public Lock StripeOf(uint index) => _stripes[(index >> GroupShift) & (StripesCount - 1)];

    /// <summary>Takes a slot for a new series. Needs the index lock.</summary>
    public uint Take(in KeyHash key, ulong reference)
    {
        var index = Hot.Take();
        if (index >= Cold.End) Cold.Extend(1);
        if (index >> GroupShift >= _unwritten.End) _unwritten.Extend(1);
        ref var hot = ref Hot[index];
        hot.LastTimestampMs = long.MinValue;
        hot.Leading = MemSeries.NoWindow;
        hot.Key = key;
        ref var cold = ref Cold[index];
        cold = default;
        cold.NewestChunk = FullChunks.None;
        Volatile.Write(ref cold.Ref, reference);
        return index;
    }

    /// <summary>Frees the slot of a series without chunks. Needs the index lock.</summary>
    public void Free(uint index)
    {
        Hot[index] = default;
        Hot.Free(index);
    }

    /// <summary>Appends one sample in order. Needs the stripe lock.</summary>
    /// <returns>True when a chunk was started.</returns>
    public bool Append(uint index, ref MemSeries series, long t, ulong valueBits)
    {
        var cut = series.HasChunk && OpenChunk.MustCut(ref series, t);
        if (cut) Complete(index, ref series);
        if (series.HasChunk)
        {
            Open.Add(ref series, t, valueBits);
        }
        else
        {
            Open.Begin(ref series, ref Cold[index], t, valueBits);
            cut = true;
        }
        series.LastTimestampMs = t;
        series.LastValueBits = valueBits;
        return cut;
    }

    /// <summary>Turns the open chunk into a complete one, still in memory. Needs the stripe lock.</summary>
    private void Complete(uint index, ref MemSeries series)
    {
        ref var cold = ref Cold[index];
        var at = Full.Take();
        ref var chunk = ref Full[at];
        chunk.Older = cold.NewestChunk;
        chunk.FirstBlock = cold.FirstBlock;
        chunk.MinTimeMs = series.ChunkMinTimeMs;
        chunk.MaxTimeMs = series.LastTimestampMs;
        chunk.LengthBytes = (ushort)series.Tail.LengthBytes;
        chunk.Blocks = series.Tail.Blocks;
        chunk.SampleCount = series.SampleCount;
        Blocks.SetCount(cold.FirstBlock, series.SampleCount);
        cold.NewestChunk = at;
        cold.UnwrittenChunks++;
        _unwritten[index >> GroupShift] = 1;
        series.Tail = default;
    }

    /// <summary>Whether a group has unwritten chunks; clears the mark.</summary>
    public bool TakeUnwritten(uint group)
    {
        if (_unwritten[group] == 0) return false;
        _unwritten[group] = 0;
        return true;
    }

    /// <summary>Marks a series' group again, when its chunks could not be written.</summary>
    public void MarkUnwritten(uint index) => _unwritten[index >> GroupShift] = 1;

    /// <summary>Series indexes of a group.</summary>
    public (uint First, uint End) GroupRange(uint group) => (group << GroupShift, Math.Min((group + 1) << GroupShift, Hot.End));

    /// <inheritdoc/>
    public void Dispose()
    {
        Hot.Dispose();
        Cold.Dispose();
        Full.Dispose();
        Blocks.Dispose();
        _unwritten.Dispose();
    }
}
