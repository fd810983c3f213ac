using Tsdb.Blocks;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Queries;

/// <summary>A block's index as label queries want it. Hold a lease on the block while using it; one thread.</summary>
internal sealed class BlockSource(BlockReader block) : ILabelSource, IDisposable
{
    private readonly ByteBuffer _labels = new(512); // Labels of most series fit.
    private readonly List<ChunkMeta> _chunks = [];

    /// <inheritdoc/>
    public ReadOnlyMemory<uint> All() => block.Index.All();

    /// <inheritdoc/>
    public ReadOnlyMemory<uint> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => block.Index.Find(name, value);

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name) => block.Index.Values(name);

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names() => block.Index.Names();

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The series is damaged or the reference points nowhere.</exception>
    public LabelSet LabelsOf(uint seriesRef) => Read(seriesRef, _chunks);

    /// <inheritdoc/>
    public void Dispose() => _labels.Dispose();

    /// <summary>Reads labels and chunks of a series.</summary>
    internal LabelSet Read(uint seriesRef, List<ChunkMeta> chunks)
    {
        if (!block.Index.TrySeries(seriesRef, _labels, chunks))
            throw new InvalidDataException($"CORRUPT: {block.Directory}: series {seriesRef} is outside the index");
        return LabelSet.FromEncoded(_labels.Written);
    }
}
