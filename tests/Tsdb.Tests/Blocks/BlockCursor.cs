using System.Runtime.InteropServices;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Tests.Blocks;

/// <summary>Every series of a block with every chunk, in the order of the index.</summary>
internal sealed class BlockCursor(BlockReader block) : SeriesCursor
{
    private readonly ReadOnlyMemory<uint> _refs = block.Index.All();
    private readonly ByteBuffer _labels = new();
    private readonly ByteBuffer _data = new();
    private readonly List<ChunkMeta> _metas = [];
    private readonly List<ChunkView> _views = [];
    private LabelSet _current = LabelSet.Empty;
    private int _at = -1;

    public override LabelSet Labels => _current;

    public override ReadOnlySpan<ChunkView> Chunks => CollectionsMarshal.AsSpan(_views);

    public uint SeriesRef => _refs.Span[_at];

    public List<ChunkMeta> Metas => _metas;

    public override bool MoveNext()
    {
        if (++_at >= _refs.Length) return false;
        Assert.True(block.Index.TrySeries(SeriesRef, _labels, _metas));
        _current = LabelSet.FromEncoded(_labels.Written);
        block.ReadChunks(CollectionsMarshal.AsSpan(_metas), _data, _views);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        _labels.Dispose();
        _data.Dispose();
        base.Dispose(disposing);
    }
}
