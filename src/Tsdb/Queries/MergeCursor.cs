using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>Merges cursors into one, in label order; a series that several of them have comes once, its chunks merged.</summary>
/// <remarks>Owns the cursors. Chunks of a series that only one cursor has are passed on untouched.</remarks>
internal sealed class MergeCursor : SeriesCursor
{
    private readonly IReadOnlyList<SeriesCursor> _cursors;

    // Cursors whose series comes later, by its labels.
    private readonly BinaryHeap<int> _waiting;

    // Cursors that are at the series at the position; they move on when it does, since their chunks are only valid until then.
    private readonly List<int> _current;
    private readonly List<ChunkView> _chunks = [];
    private readonly List<int> _readers = [];
    private readonly ChunkMerger _merger = new();

    private MergeCursor(IReadOnlyList<SeriesCursor> cursors)
    {
        _cursors = cursors;
        _waiting = new BinaryHeap<int>((a, b) => cursors[a].Labels.CompareTo(cursors[b].Labels) < 0);
        _current = new List<int>(cursors.Count);
        for (var i = 0; i < cursors.Count; i++) _current.Add(i);
    }

    /// <inheritdoc/>
    public override LabelSet Labels => _cursors[_current[0]].Labels;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks =>
        !IsMerged ? _cursors[_current[0]].Chunks : CollectionsMarshal.AsSpan(_chunks);

    /// <summary>One cursor over all of the given, which it disposes. A single one is returned as it is.</summary>
    public static SeriesCursor Over(IReadOnlyList<SeriesCursor> cursors) => cursors.Count switch
    {
        0 => new ListCursor([]),
        1 when !cursors[0].MayOverlap => cursors[0],
        _ => new MergeCursor(cursors),
    };

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        foreach (var cursor in _current)
        {
            if (_cursors[cursor].MoveNext()) _waiting.Push(cursor);
        }
        _current.Clear();
        if (_waiting.Count == 0) return false;
        do _current.Add(_waiting.Pop());
        while (_waiting.Count > 0 && _cursors[_waiting.First].Labels == Labels);
        if (IsMerged) MergeChunks();
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var cursor in _cursors) cursor.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool IsMerged => _current.Count > 1 || _cursors[_current[0]].MayOverlap;

    private bool MayOverlapInOne()
    {
        foreach (var cursor in _cursors)
        {
            if (cursor.MayOverlap) return true;
        }
        return false;
    }

    private void MergeChunks()
    {
        _chunks.Clear();
        _readers.Clear();
        for (var i = 0; i < _current.Count; i++)
        {
            _chunks.AddRange(_cursors[_current[i]].Chunks);
            while (_readers.Count < _chunks.Count) _readers.Add(i);
        }
        _merger.Merge(_chunks, MayOverlapInOne() ? null : _readers);
    }
}
