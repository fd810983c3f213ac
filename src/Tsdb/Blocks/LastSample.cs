using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace Tsdb.Blocks;

/// <summary>Finds out of a block's index when its last sample is: <c>meta.json</c> has no checksum, the index has.</summary>
internal static class LastSample
{
    /// <summary>Time of the last sample, deleted ones included.</summary>
    /// <param name="lease">Right to read the block; the caller's.</param>
    /// <param name="enoughMs">The time of a sample that is at least so late will do, Unix milliseconds: nearly always the first
    /// series has one. Without one the whole index is read.</param>
    /// <returns>Unix milliseconds; null when nothing can be read.</returns>
    public static long? Of(BlockLease lease, long enoughMs)
    {
        if (!Matcher.TryCreate(MatchType.Regex, "__name__"u8, ".*"u8, out var everything, out var error))
            throw new InvalidOperationException($"BUG: {error}");
        long? last = null;
        var chunks = new List<ChunkMeta>();
        using var labels = new ByteBuffer(512); // Labels of most series fit.
        try
        {
            using var source = new BlockSource(lease.Block);
            foreach (var seriesRef in PostingsSelector.Select(source, [everything]))
            {
                lease.Block.Index.TrySeries(seriesRef, labels, chunks);
                if (chunks is [.., var newest] && newest.MaxTimeMs >= (last ?? newest.MaxTimeMs)) last = newest.MaxTimeMs;
                if (last >= enoughMs) break;
            }
            return last;
        }
        catch (InvalidDataException)
        {
            return null; // Reads will tell.
        }
    }
}
