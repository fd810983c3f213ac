using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>A complete chunk of a series: where it is and what time it spans.</summary>
internal struct FullChunk
{
    /// <summary>The next older chunk of the series, or <see cref="FullChunks.None"/>.</summary>
    public uint Older;

    /// <summary>First block, or line of the histograms' heap, while the chunk is in memory.</summary>
    public uint FirstBlock;

    /// <summary>First sample, Unix milliseconds.</summary>
    public long MinTimeMs;

    /// <summary>Last sample, Unix milliseconds, inclusive.</summary>
    public long MaxTimeMs;

    /// <summary>Reference into the chunks_head files; 0 while the chunk is in memory only.</summary>
    public ulong FileRef;

    /// <summary>Bytes of the chunk while it is in memory.</summary>
    public ushort LengthBytes;

    /// <summary>Blocks of the chunk while it is in memory.</summary>
    public ushort Blocks;

    /// <summary>Samples.</summary>
    public ushort SampleCount;

    /// <summary>How its bytes are to be read. Only floats have blocks; see <see cref="SeriesStore.CopyFull"/>.</summary>
    public ChunkEncoding Encoding;

    /// <summary>While start-up has not yet found the series of a chunk in a file: the series' reference. Shares its bytes with
    /// the
    /// fields of chunks in memory.</summary>
    public ulong WaitsFor
    {
        readonly get => ((ulong)FirstBlock << 32) | ((uint)LengthBytes << 16) | Blocks;
        set => (FirstBlock, LengthBytes, Blocks) = ((uint)(value >> 32), (ushort)(value >> 16), (ushort)value);
    }
}

/// <summary>The complete chunks of all series, linked from newest to oldest per series.</summary>
/// <remarks>Slots are taken and freed under the lock here; a chunk's fields belong to its series' stripe lock.</remarks>
internal sealed class FullChunks(uint chunksMax) : IDisposable
{
    /// <summary>End of a series' list.</summary>
    public const uint None = NativeSlab<FullChunk>.None;

    private readonly NativeSlab<FullChunk> _slab = new(chunksMax);
    private readonly Lock _lock = new(); // Guards the slab's end and free list.

    /// <summary>Complete chunks of all series.</summary>
    public uint Count => _slab.Count;

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes => _slab.CommittedBytes;

    /// <summary>A chunk by its index.</summary>
    public ref FullChunk this[uint index] => ref _slab[index];

    /// <summary>Takes a slot.</summary>
    public uint Take()
    {
        lock (_lock) return _slab.Take();
    }

    /// <summary>Gives a slot back.</summary>
    public void Free(uint index)
    {
        lock (_lock) _slab.Free(index);
    }

    /// <inheritdoc/>
    public void Dispose() => _slab.Dispose();
}
