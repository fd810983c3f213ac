using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Streams what selected series have out of order, in label order, one series at a time.</summary>
/// <remarks>Holds a reader lease, so that chunks which compaction removes meanwhile stay readable until disposal.</remarks>
internal sealed class OutOfOrderCursor : SeriesCursor
{
    private readonly TsdbHead _head;
    private readonly LateReader _reader;
    private readonly long _minTimeMs;
    private readonly long _maxTimeMs;
    private readonly bool _skipChunks;
    private readonly ulong _lastRef;
    private readonly uint[] _selected;
    private readonly long _lease;
    private readonly ByteBuffer _labels = new(1024);
    private int _next;
    private LabelSet? _current;

    /// <summary>Keeps the series that have anything, and sorts them by labels.</summary>
    /// <param name="head">Where the series live.</param>
    /// <param name="files">Where their chunks live.</param>
    /// <param name="lease">A lease taken before the selection was made; released on disposal.</param>
    /// <param name="selected">Series indexes; not changed.</param>
    /// <param name="minTimeMs">Range start, inclusive.</param>
    /// <param name="maxTimeMs">Range end, inclusive.</param>
    /// <param name="skipChunks">Whether only labels are wanted.</param>
    /// <param name="lastRef">Newest chunk that counts; with <see cref="ulong.MaxValue"/> the lists count too.</param>
    public OutOfOrderCursor(TsdbHead head, HeadChunkFiles files, long lease, ReadOnlySpan<uint> selected, long minTimeMs,
        long maxTimeMs, bool skipChunks, ulong lastRef = ulong.MaxValue)
    {
        (_head, _lease, _reader) = (head, lease, new LateReader(head, files));
        (_minTimeMs, _maxTimeMs, _skipChunks, _lastRef) = (minTimeMs, maxTimeMs, skipChunks, lastRef);
        var kept = new List<uint>();
        foreach (var index in selected)
        {
            if (head.Late.Has(index)) kept.Add(index);
        }
        _selected = [.. kept];
        new SeriesOrder(head).Sort(_selected);
    }

    /// <inheritdoc/>
    public override LabelSet Labels => _current ?? LabelSet.Empty;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks => CollectionsMarshal.AsSpan(_reader.Chunks);

    /// <inheritdoc/>
    internal override bool MayOverlap => true;

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        while (_next < _selected.Length)
        {
            var index = _selected[_next++];
            var hasAny = _skipChunks ? _reader.HasAny(index, _minTimeMs, _maxTimeMs)
                : _reader.Read(index, _minTimeMs, _maxTimeMs, _lastRef);
            if (!hasAny || (_lastRef == ulong.MaxValue && !KeepUndeleted(index))) continue;
            _labels.Clear();
            _head.Index.WriteLabels(_head.Series.Cold[index], _labels);
            _current = LabelSet.FromEncoded(_labels.Written);
            return true;
        }
        return false;
    }

    /// <summary>Takes out what is deleted, for reads only: blocks get everything, as upstream has it.</summary>
    /// <returns>False when nothing is left.</returns>
    private bool KeepUndeleted(uint index)
    {
        var deleted = _head.Tombstones.Find(index);
        if (deleted.Length == 0 || _skipChunks) return true;
        var chunks = _reader.Chunks;
        var kept = 0;
        for (var i = 0; i < chunks.Count; i++)
        {
            if (DeletionFilter.TryFilter(chunks[i], deleted, out var chunk)) chunks[kept++] = chunk;
        }
        chunks.RemoveRange(kept, chunks.Count - kept);
        return kept > 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _reader.Dispose();
        _labels.Dispose();
        _head.Readers.Leave(_lease);
        base.Dispose(disposing);
    }
}
