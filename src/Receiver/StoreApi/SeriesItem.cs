using Tsdb.Chunks;
using Tsdb.Memory;

namespace Receiver.StoreApi;

/// <summary>One series of a reply: final labels and a copy of its chunks, which outlives the cursor's position. Reused.</summary>
internal sealed class SeriesItem : IDisposable
{
    private readonly ByteBuffer _labels = new(256);
    private readonly ByteBuffer _data = new(64);
    private ChunkSlice[] _chunks = [];

    /// <summary>Final labels, encoded as <see cref="Tsdb.Labels.LabelSet.Encoded"/>.</summary>
    public ReadOnlySpan<byte> Labels => _labels.Written;

    /// <summary>Where <see cref="FinalLabels"/> writes them.</summary>
    public ByteBuffer LabelBuffer => _labels;

    /// <summary>Number of chunks.</summary>
    public int ChunkCount { get; private set; }

    /// <summary>Bytes held.</summary>
    public long SizeBytes => _labels.Length + _data.Length + (ChunkCount * 32L); // 32 = one slice.

    /// <summary>A chunk by its position; valid until the item is filled again.</summary>
    public ChunkView Chunk(int index)
    {
        ref readonly var slice = ref _chunks[index];
        var data = _data.WrittenMemory.Slice(slice.Start, slice.Length);
        return new ChunkView(slice.MinTimeMs, slice.MaxTimeMs, slice.Encoding, data);
    }

    /// <summary>Takes copies of chunks in place of those before.</summary>
    public void SetChunks(ReadOnlySpan<ChunkView> chunks)
    {
        _data.Clear();
        if (_chunks.Length < chunks.Length) _chunks = new ChunkSlice[Math.Max(chunks.Length, _chunks.Length * 2)];
        ChunkCount = chunks.Length;
        for (var i = 0; i < chunks.Length; i++)
        {
            ref readonly var chunk = ref chunks[i];
            _chunks[i] = new ChunkSlice(chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, _data.Length, chunk.Data.Length);
            _data.Write(chunk.Data.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _labels.Dispose();
        _data.Dispose();
    }

    private readonly record struct ChunkSlice(long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding, int Start, int Length);
}
