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
    private readonly bool _isCompaction;
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
    /// <param name="isCompaction">Whether only the chunks that are being compacted count.</param>
    public OutOfOrderCursor(TsdbHead head, HeadChunkFiles files, long lease, ReadOnlySpan<uint> selected, long minTimeMs,
        long maxTimeMs, bool skipChunks, bool isCompaction = false)
    {
        (_head, _lease, _reader) = (head, lease, new LateReader(head, files));
        (_minTimeMs, _maxTimeMs, _skipChunks, _isCompaction) = (minTimeMs, maxTimeMs, skipChunks, isCompaction);
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
                : _reader.Read(index, _minTimeMs, _maxTimeMs, _isCompaction);
            if (!hasAny) continue;
            _labels.Clear();
            _head.Index.WriteLabels(_head.Series.Cold[index], _labels);
            _current = LabelSet.FromEncoded(_labels.Written);
            return true;
        }
        return false;
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
