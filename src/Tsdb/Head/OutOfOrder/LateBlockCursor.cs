using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>The out-of-order chunks of one window as a block wants them: merged where they overlap.</summary>
/// <remarks>Owns the cursor it reads.</remarks>
internal sealed class LateBlockCursor(OutOfOrderCursor source, long minTimeMs, long maxTimeMs) : SeriesCursor
{
    private readonly LateMerger _merger = new();
    private readonly List<ChunkView> _raw = [];
    private readonly List<ChunkView> _chunks = [];

    /// <inheritdoc/>
    public override LabelSet Labels => source.Labels;

    /// <inheritdoc/>
    public override ReadOnlySpan<ChunkView> Chunks => CollectionsMarshal.AsSpan(_chunks);

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        _chunks.Clear();
        if (!source.MoveNext()) return false;
        _raw.Clear();
        _raw.AddRange(source.Chunks);
        _merger.Merge(_raw, minTimeMs, maxTimeMs, _chunks);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
