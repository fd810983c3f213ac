using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>A cursor over series that are in memory already, ascending by labels. An empty list makes an empty cursor.</summary>
internal sealed class ListCursor(IReadOnlyList<(LabelSet Labels, List<ChunkView> Chunks)> series) : SeriesCursor
{
    private int _at = -1;

    /// <inheritdoc/>
    public override LabelSet Labels => series[_at].Labels;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks => CollectionsMarshal.AsSpan(series[_at].Chunks);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        if (_at < series.Count) _at++;
        return _at < series.Count;
    }
}
