using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>A stream of selected series in ascending label order. Nothing is materialised beyond the series at the
/// position.</summary>
/// <remarks>One reader, one thread. Disposal releases files and buffers the cursor holds.</remarks>
public abstract class SeriesCursor : IDisposable
{
    /// <summary>Labels of the series at the position.</summary>
    public abstract LabelSet Labels { get; }

    /// <summary>Its chunks that overlap the selected range: whole but for what was deleted and what another place answers,
    /// ascending, not overlapping one another; empty when chunks were not asked for. Valid until the next
    /// <see cref="MoveNext"/>.</summary>
    public abstract ReadOnlySpan<ChunkView> Chunks { get; }

    /// <summary>Whether chunks may overlap one another after all; then <see cref="MergeCursor"/> merges them.</summary>
    internal virtual bool MayOverlap => false;

    /// <summary>Steps to the next series that has a chunk in the range.</summary>
    /// <exception cref="InvalidDataException">A file is damaged; the text starts with CORRUPT: and names path and
    /// offset.</exception>
    public abstract bool MoveNext();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cursor holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
