using Tsdb.Files;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace Tsdb.Blocks;

/// <summary>Deletes samples of a block, and writes the block again without the deleted ones.</summary>
internal static class BlockDeletion
{
    /// <summary>Deletes a range of the series that match, clamped to what each of them has.</summary>
    /// <param name="lease">Right to read the block; the caller's.</param>
    /// <param name="minTimeMs">First deleted time, Unix milliseconds.</param>
    /// <param name="maxTimeMs">Last deleted time.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <param name="disk">Where the block's files are.</param>
    /// <returns>Series that have a chunk in the range.</returns>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public static int Delete(
        BlockLease lease, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, IDisk disk)
    {
        var added = new List<(ulong SeriesRef, DeletedRange Range)>();
        var chunks = new List<ChunkMeta>();
        using var labels = new ByteBuffer(512); // Labels of most series fit.
        using var source = new BlockSource(lease.Block);
        foreach (var seriesRef in PostingsSelector.Select(source, matchers))
        {
            lease.Block.Index.TrySeries(seriesRef, labels, chunks);
            if (!Overlaps(chunks, minTimeMs, maxTimeMs)) continue;
            var range = new DeletedRange(
                Math.Max(minTimeMs, chunks[0].MinTimeMs), Math.Min(maxTimeMs, chunks[^1].MaxTimeMs));
            added.Add((seriesRef, range));
        }
        if (added.Count > 0) lease.Block.Delete(added, disk);
        return added.Count;
    }

    /// <summary>Writes a block again without its deleted samples; the new one names it as its parent.</summary>
    /// <param name="lease">Right to read the block; the caller's.</param>
    /// <param name="directory">Directory of the database.</param>
    /// <param name="options">What the new block is written with.</param>
    /// <returns>The new block's ULID; null when no sample is left, and then there is none.</returns>
    /// <exception cref="IOException">The block could not be written; the old one is as it was.</exception>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public static string? Rewrite(BlockLease lease, string directory, BlockWriterOptions options)
    {
        var (block, meta) = (lease.Block, lease.Block.Meta);
        if (block.TryLease() is not { } reading) return null; // Not while the caller holds a lease.
        if (!Matcher.TryCreate(MatchType.Regex, "__name__"u8, ".*"u8, out var everything, out var error))
            throw new InvalidOperationException($"BUG: {error}");
        using var cursor = new BlockCursor(reading, meta.MinTimeMs, meta.MaxTimeMs - 1, [everything], skipsChunks: false);
        var described = options with
        {
            Parents = [new BlockParent(meta.Ulid, meta.MinTimeMs, meta.MaxTimeMs)],
            Hints = meta.Hints,
        };
        return BlockWriter.Write(directory, meta.MinTimeMs, meta.MaxTimeMs, cursor, block.Index.Symbols(), described);
    }

    private static bool Overlaps(List<ChunkMeta> chunks, long minTimeMs, long maxTimeMs)
    {
        foreach (var chunk in chunks)
        {
            if (chunk.MinTimeMs <= maxTimeMs && minTimeMs <= chunk.MaxTimeMs) return true;
        }
        return false;
    }
}
