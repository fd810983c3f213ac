using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>Merges cursors into one, in label order; a series that several of them have comes once, its chunks merged.</summary>
/// <remarks>Owns the cursors. Chunks of a series that only one cursor has are passed on untouched.</remarks>
public sealed class MergeCursor : SeriesCursor
{
    private readonly IReadOnlyList<SeriesCursor> _cursors;

    // Cursors whose series comes later, by its labels.
    private readonly PriorityQueue<SeriesCursor, LabelSet> _waiting;

    // Cursors that are at the series at the position; they move on when it does, since their chunks are only valid until then.
    private readonly List<SeriesCursor> _current;
    private readonly List<ChunkView> _chunks = [];
    private readonly ChunkMerger _merger = new();

    private MergeCursor(IReadOnlyList<SeriesCursor> cursors)
    {
        _cursors = cursors;
        _waiting = new PriorityQueue<SeriesCursor, LabelSet>(cursors.Count);
        _current = [.. cursors];
    }

    /// <inheritdoc/>
    public override LabelSet Labels => _current[0].Labels;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks =>
        _current.Count == 1 ? _current[0].Chunks : CollectionsMarshal.AsSpan(_chunks);

    /// <summary>One cursor over all of the given, which it disposes. A single one is returned as it is.</summary>
    public static SeriesCursor Over(IReadOnlyList<SeriesCursor> cursors) => cursors.Count switch
    {
        0 => new ListCursor([]),
        1 => cursors[0],
        _ => new MergeCursor(cursors),
    };

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        foreach (var cursor in _current)
        {
            if (cursor.MoveNext()) _waiting.Enqueue(cursor, cursor.Labels);
        }
        _current.Clear();
        if (!_waiting.TryDequeue(out var first, out var labels)) return false;
        _current.Add(first);
        while (_waiting.TryPeek(out _, out var next) && next == labels) _current.Add(_waiting.Dequeue());
        if (_current.Count > 1) MergeChunks();
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

    private void MergeChunks()
    {
        _chunks.Clear();
        foreach (var cursor in _current) _chunks.AddRange(cursor.Chunks);
        _merger.Merge(_chunks);
    }
}
