using System.Buffers.Binary;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Head;

/// <summary>Streams selected series of the head in label order; copies one series' chunks at a time.</summary>
/// <remarks>Holds a reader lease, so series and files that collection removes meanwhile stay readable until disposal.</remarks>
internal sealed class HeadCursor : SeriesCursor
{
    private readonly TsdbHead _head;
    private readonly HeadChunkFiles _files;
    private readonly long _minTimeMs;
    private readonly long _maxTimeMs;
    private readonly bool _skipChunks;
    private readonly uint[] _selected;
    private readonly long _lease;
    private readonly ByteBuffer _bytes = new();
    private readonly ByteBuffer _labels = new(1024);
    private readonly List<Found> _found = [];
    private readonly long _headMinTimeMs;
    private DeletedRange[] _deleted = [];
    private ChunkView[] _chunks = new ChunkView[8];
    private int _count;
    private int _next;
    private LabelSet? _current;

    /// <summary>Sorts the selection by labels.</summary>
    /// <param name="head">Where the series live.</param>
    /// <param name="files">Where their full chunks live.</param>
    /// <param name="lease">A lease taken before the selection was made; released on disposal.</param>
    /// <param name="selected">Series indexes; the cursor keeps the array.</param>
    /// <param name="minTimeMs">Range start, inclusive.</param>
    /// <param name="maxTimeMs">Range end, inclusive.</param>
    /// <param name="skipChunks">Whether only labels are wanted.</param>
    public HeadCursor(TsdbHead head, HeadChunkFiles files, long lease, uint[] selected, long minTimeMs, long maxTimeMs,
        bool skipChunks)
    {
        (_head, _files, _lease, _selected) = (head, files, lease, selected);
        (_minTimeMs, _maxTimeMs, _skipChunks) = (minTimeMs, maxTimeMs, skipChunks);
        _headMinTimeMs = head.Times.MinMs;
        new SeriesOrder(head).Sort(_selected);
    }

    /// <summary>Streams every series of the head.</summary>
    public static HeadCursor OverAll(TsdbHead head, HeadChunkFiles files, long minTimeMs, long maxTimeMs)
    {
        var lease = head.Readers.Enter();
        return new HeadCursor(head, files, lease, new HeadPostings(head).All().ToArray(), minTimeMs, maxTimeMs,
            skipChunks: false);
    }

    /// <inheritdoc/>
    public override LabelSet Labels => _current ?? LabelSet.Empty;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks => _chunks.AsSpan(0, _skipChunks ? 0 : _count);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        while (_next < _selected.Length)
        {
            var index = _selected[_next++];
            Collect(index);
            if (_found.Count == 0) continue;
            if (!_skipChunks) Read();
            if (!_skipChunks && (_deleted.Length > 0 || ReachesBelowHead)) RemoveHidden();
            if (!_skipChunks && _count == 0) continue;
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
        _bytes.Dispose();
        _labels.Dispose();
        _head.Readers.Leave(_lease);
        base.Dispose(disposing);
    }

    /// <summary>Finds the chunks in range, newest first, and copies those that are in memory.</summary>
    private void Collect(uint index)
    {
        _found.Clear();
        _bytes.Clear();
        _deleted = _head.Tombstones.Find(index);
        var series = _head.Series;
        lock (series.StripeOf(index))
        {
            ref var hot = ref series.Hot[index];
            ref var cold = ref series.Cold[index];
            if (hot.HasAnyChunk && Overlaps(hot.ChunkMinTimeMs, hot.LastTimestampMs)) CopyOpen(index, in hot, in cold);
            for (var at = cold.NewestChunk; at != FullChunks.None; at = series.Full[at].Older)
            {
                ref var chunk = ref series.Full[at];
                if (chunk.MaxTimeMs < _minTimeMs) break;
                if (!Overlaps(chunk.MinTimeMs, chunk.MaxTimeMs)) continue;
                var offset = _bytes.Length;
                var length = chunk.FileRef == 0 && !_skipChunks ? series.CopyFull(at, _bytes) : 0;
                _found.Add(new Found(chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, chunk.FileRef, offset, length));
            }
        }
    }

    /// <summary>Reads the chunks that are in files and lays all of them out in time order.</summary>
    private void Read()
    {
        if (_chunks.Length < _found.Count) _chunks = new ChunkView[_found.Count * 2];
        for (var i = 0; i < _found.Count; i++)
        {
            var found = _found[i];
            if (found.FileRef == 0) continue;
            var from = _bytes.Length;
            if (_files.TryRead(found.FileRef, _bytes, out _)) _found[i] =
                found with { Offset = from, LengthBytes = _bytes.Length - from };
            else _found[i] = found with { LengthBytes = 0 };
        }
        _count = 0;
        for (var i = _found.Count - 1; i >= 0; i--)
        {
            var found = _found[i];
            if (found.LengthBytes == 0) continue;
            _chunks[_count++] = new ChunkView(
                found.MinTimeMs, found.MaxTimeMs, found.Encoding, _bytes.WrittenMemory.Slice(found.Offset, found.LengthBytes));
        }
    }

    private void CopyOpen(uint index, in MemSeries hot, in ColdSeries cold)
    {
        var at = _bytes.Length;
        var encoding = ChunkEncoding.Xor;
        if (!hot.HasChunk)
        {
            var chunk = _head.Series.Histograms.Of(index).Chunk!;
            encoding = chunk.Encoding;
            if (!_skipChunks) _bytes.Write(chunk.Bytes);
        }
        else if (!_skipChunks)
        {
            var length = hot.Tail.LengthBytes;
            _head.Series.Blocks.CopyTo(cold.FirstBlock, _bytes.GetSpan(length)[..length]);
            _bytes.Advance(length);
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.WrittenMemory.Span[at..], hot.SampleCount);
        }
        _found.Add(new Found(hot.ChunkMinTimeMs, hot.LastTimestampMs, encoding, 0, at, _bytes.Length - at));
    }

    /// <summary>Whether the oldest chunk also has samples that are in blocks: deletions there do not reach into it.</summary>
    private bool ReachesBelowHead => _count > 0 && _chunks[0].MinTimeMs < _headMinTimeMs;

    private void RemoveHidden()
    {
        var hidden = ReachesBelowHead
            ? DeletedRanges.Add(_deleted, new DeletedRange(long.MinValue, _headMinTimeMs - 1)) : _deleted;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (DeletionFilter.TryFilter(_chunks[i], hidden, out var chunk)) _chunks[kept++] = chunk;
        }
        _count = kept;
    }

    private bool Overlaps(long min, long max) =>
        max >= _minTimeMs && min <= _maxTimeMs && !DeletionFilter.Covers(_deleted, min, max);

    private readonly record struct Found(
        long MinTimeMs, long MaxTimeMs, ChunkEncoding Encoding, ulong FileRef, int Offset, int LengthBytes);
}
