using Tsdb.Blocks;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;
using Tsdb.Wal;

namespace Tsdb.Head.Deletions;

/// <summary>Deletes a range of samples of the head: in the log first, then for reads.</summary>
/// <remarks>
/// Ranges end at what each series has, so that what is appended later stays. An append waits for no more than one look at its
/// series. Not to run beside a cut: samples it has read already would come back with the block.
/// </remarks>
internal static class HeadDeletion
{
    /// <summary>Entries of one log record: about 1 MB.</summary>
    private const int RecordEntriesMax = 50_000;

    /// <summary>Deletes.</summary>
    /// <param name="head">Where.</param>
    /// <param name="postings">Its index.</param>
    /// <param name="minTimeMs">First deleted time, Unix milliseconds.</param>
    /// <param name="maxTimeMs">Last deleted time.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <returns>Series that hold samples around the range.</returns>
    /// <exception cref="IOException">The log could not be written; nothing is deleted in the head.</exception>
    /// <exception cref="InsufficientMemoryException">There are too many deleted ranges already; nothing is deleted.</exception>
    public static int Delete(
        TsdbHead head, HeadPostings postings, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        // Not beyond what can be seen: the rest is in blocks, or not there.
        (minTimeMs, maxTimeMs) = (Math.Max(minTimeMs, head.Times.MinMs), Math.Min(maxTimeMs, head.Times.MaxMs));
        if (minTimeMs > maxTimeMs) return 0;
        var lease = head.Readers.Enter();
        try
        {
            var found = new List<(uint Index, ulong Ref, DeletedRange Range)>();
            foreach (var index in PostingsSelector.Select(postings, matchers))
            {
                if (TryClamp(head, index, minTimeMs, maxTimeMs) is { } entry) found.Add((index, entry.Ref, entry.Range));
            }
            if (head.Tombstones.Count + found.Count > head.Tombstones.RangesMax)
                throw new InsufficientMemoryException($"the head has {head.Tombstones.Count} deleted ranges already");
            Log(head, found);
            foreach (var (index, _, range) in found) head.Tombstones.Add(index, range);
            return found.Count;
        }
        finally
        {
            head.Readers.Leave(lease);
        }
    }

    private static (ulong Ref, DeletedRange Range)? TryClamp(TsdbHead head, uint index, long minTimeMs, long maxTimeMs)
    {
        lock (head.Series.StripeOf(index))
        {
            var reference = Volatile.Read(ref head.Series.Cold[index].Ref);
            var (first, last) = head.Series.TimesOf(index);
            (first, last) = (Math.Max(minTimeMs, first), Math.Min(maxTimeMs, last));
            return reference == 0 || first > last ? null : (reference, new DeletedRange(first, last));
        }
    }

    /// <summary>Logs deletions for the next start only.</summary>
    /// <param name="head">Whose log.</param>
    /// <param name="found">Ranges by series; the index is not looked at.</param>
    /// <exception cref="IOException">The log could not be written.</exception>
    public static void Log(TsdbHead head, List<(uint Index, ulong Ref, DeletedRange Range)> found)
    {
        using var record = new ByteBuffer();
        for (var from = 0; from < found.Count; from += RecordEntriesMax)
        {
            record.Clear();
            RecordEncoder.Begin(record, RecordType.Tombstones);
            for (var i = from; i < Math.Min(from + RecordEntriesMax, found.Count); i++)
                RecordEncoder.AddTombstone(record, found[i].Ref, found[i].Range.MinTimeMs, found[i].Range.MaxTimeMs);
            head.Log.Write(record.Written);
        }
    }
}
