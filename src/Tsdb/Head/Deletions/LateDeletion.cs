using Tsdb.Blocks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Head.Deletions;

/// <summary>Deletes a range of what the head has out of order: in the out-of-order log first, then for reads and for
/// compaction.</summary>
/// <remarks>
/// It covers what is there when it comes. Ranges of the head are no help here: they go with what is in order, and would hide what
/// a sender repeats later. So they are kept with the chunks, and in the log that has the samples, in its order. Source: decision
/// 0116.
/// </remarks>
internal static class LateDeletion
{
    /// <summary>Deletes.</summary>
    /// <param name="head">Where.</param>
    /// <param name="postings">Its index.</param>
    /// <param name="minTimeMs">First deleted time, Unix milliseconds.</param>
    /// <param name="maxTimeMs">Last deleted time.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <returns>Series that have something out of order around the range.</returns>
    /// <exception cref="IOException">Log or chunk files could not be written; nothing out of order is deleted.</exception>
    /// <exception cref="InsufficientMemoryException">There are too many deleted ranges already; likewise.</exception>
    public static int Delete(
        TsdbHead head, HeadPostings postings, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        if (head.Late.IsEmpty || minTimeMs > maxTimeMs || head.Late.Writer is not { } writer) return 0;
        var lease = head.Readers.Enter();
        try
        {
            var found = new List<uint>();
            foreach (var index in PostingsSelector.Select(postings, matchers))
            {
                if (head.Late.Has(index)) found.Add(index);
            }
            return writer.Delete(found, new DeletedRange(minTimeMs, maxTimeMs));
        }
        finally
        {
            head.Readers.Leave(lease);
        }
    }
}
