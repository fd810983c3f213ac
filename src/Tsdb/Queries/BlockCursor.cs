using System.Runtime.InteropServices;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Queries;

/// <summary>The selected series of one block with their chunks in a time range, deletions applied.</summary>
/// <remarks>Owns its lease. The index holds series in label order, so ascending references are ascending labels.</remarks>
internal sealed class BlockCursor : SeriesCursor
{
    private readonly BlockLease _lease;
    private readonly BlockSource _source;
    private readonly uint[] _refs;
    private readonly long _minTimeMs;
    private readonly long _maxTimeMs;
    private readonly bool _skipsChunks;
    private readonly List<ChunkMeta> _metas = [];
    private readonly List<ChunkView> _chunks = [];
    private readonly ByteBuffer _data = new();
    private LabelSet _labels = LabelSet.Empty;
    private int _next;

    /// <summary>Selects series; reading them begins with the first <see cref="MoveNext"/>.</summary>
    /// <param name="lease">Right to read the block; disposed with the cursor.</param>
    /// <param name="minTimeMs">Lower end of the range, inclusive.</param>
    /// <param name="maxTimeMs">Upper end of the range, inclusive.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <param name="skipsChunks">Labels only: a series is still left out when it has no chunk in the range.</param>
    /// <exception cref="InvalidDataException">The index is damaged; the lease is disposed.</exception>
    public BlockCursor(BlockLease lease, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipsChunks)
    {
        _lease = lease;
        _source = new BlockSource(lease.Block);
        (_minTimeMs, _maxTimeMs, _skipsChunks) = (minTimeMs, maxTimeMs, skipsChunks);
        try
        {
            _refs = PostingsSelector.Select(_source, matchers);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override LabelSet Labels => _labels;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks => CollectionsMarshal.AsSpan(_chunks);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        while (_next < _refs.Length)
        {
            var seriesRef = _refs[_next++];
            _labels = _source.Read(seriesRef, _metas);
            var deleted = _lease.Block.Tombstones.Find(seriesRef);
            KeepInRange(deleted);
            if (_metas.Count == 0) continue;
            if (_skipsChunks) return true;
            _lease.Block.ReadChunks(CollectionsMarshal.AsSpan(_metas), _data, _chunks);
            if (deleted.Count > 0) RemoveDeleted(deleted);
            if (_chunks.Count > 0) return true;
        }
        _chunks.Clear();
        return false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
            _data.Dispose();
            _lease.Dispose();
        }
        base.Dispose(disposing);
    }

    private void KeepInRange(IReadOnlyList<DeletedRange> deleted)
    {
        var kept = 0;
        for (var i = 0; i < _metas.Count; i++)
        {
            var meta = _metas[i];
            if (meta.MaxTimeMs < _minTimeMs || meta.MinTimeMs > _maxTimeMs) continue;
            if (DeletionFilter.Covers(deleted, meta.MinTimeMs, meta.MaxTimeMs)) continue;
            _metas[kept++] = meta;
        }
        _metas.RemoveRange(kept, _metas.Count - kept);
    }

    private void RemoveDeleted(IReadOnlyList<DeletedRange> deleted)
    {
        var kept = 0;
        for (var i = 0; i < _chunks.Count; i++)
        {
            if (DeletionFilter.TryFilter(_chunks[i], deleted, out var chunk)) _chunks[kept++] = chunk;
        }
        _chunks.RemoveRange(kept, _chunks.Count - kept);
    }
}
