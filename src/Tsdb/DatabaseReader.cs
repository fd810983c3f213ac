using Tsdb.Blocks;
using Tsdb.Head;
using Tsdb.Head.Metadata;
using Tsdb.Head.OutOfOrder;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb;

/// <summary>Reads of a database: head, what is out of order in it, and blocks, merged.</summary>
/// <remarks>Every cursor holds a lease on what it reads, so that cutting and collection wait with freeing it.</remarks>
internal sealed class DatabaseReader(DatabaseParts parts)
{
    /// <summary>The head's index.</summary>
    public HeadPostings Head { get; } = new(parts.Head);

    /// <inheritdoc cref="Database.Select"/>
    public SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks)
    {
        var cursors = new List<SeriesCursor>();
        try
        {
            // The head first: what is cut from it meanwhile is then found in a block, or in both.
            SelectHead(cursors, minTimeMs, maxTimeMs, matchers, skipChunks);
            foreach (var block in BlocksIn(minTimeMs, maxTimeMs))
                cursors.Add(new BlockCursor(block, minTimeMs, maxTimeMs, matchers, skipChunks));
            return MergeCursor.Over(cursors);
        }
        catch
        {
            foreach (var cursor in cursors) cursor.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Database.SelectMetadata"/>
    public IReadOnlyList<(LabelSet Labels, SeriesMetadata Metadata)> SelectMetadata(ReadOnlySpan<Matcher> matchers)
    {
        var found = new List<(LabelSet Labels, SeriesMetadata Metadata)>();
        var lease = parts.Head.Readers.Enter();
        try
        {
            foreach (var index in PostingsSelector.Select(Head, matchers))
            {
                if (parts.Head.Metadata.Find(index) is { } metadata) found.Add((parts.Head.LabelsOf(index), metadata));
            }
        }
        finally
        {
            parts.Head.Readers.Leave(lease);
        }
        found.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        return found;
    }

    /// <inheritdoc cref="Database.LabelNames"/>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        var all = new List<IReadOnlyList<ReadOnlyMemory<byte>>>();
        if (IsHeadIn(minTimeMs, maxTimeMs))
        {
            var lease = parts.Head.Readers.Enter();
            try
            {
                all.Add(LabelSelector.LabelNamesOf(Head, matchers));
            }
            finally
            {
                parts.Head.Readers.Leave(lease);
            }
        }
        foreach (var block in BlocksIn(minTimeMs, maxTimeMs))
        {
            using (block)
            using (var source = new BlockSource(block.Block))
                all.Add(LabelSelector.LabelNamesOf(source, matchers));
        }
        return TextLists.Merge(all);
    }

    /// <inheritdoc cref="Database.LabelValues"/>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs,
        ReadOnlySpan<Matcher> matchers)
    {
        var all = new List<IReadOnlyList<ReadOnlyMemory<byte>>>();
        if (IsHeadIn(minTimeMs, maxTimeMs)) all.Add(LabelSelector.LabelValuesOf(Head, name, matchers));
        foreach (var block in BlocksIn(minTimeMs, maxTimeMs))
        {
            using (block) all.Add(LabelSelector.LabelValuesOf(block.Block.Index, name, matchers));
        }
        return TextLists.Merge(all);
    }

    private bool IsHeadIn(long minTimeMs, long maxTimeMs) =>
        (maxTimeMs >= parts.Head.Times.MinMs && minTimeMs <= parts.Head.Times.MaxMs) || HasOutOfOrderIn(minTimeMs, maxTimeMs);

    private bool HasOutOfOrderIn(long minTimeMs, long maxTimeMs) =>
        !parts.Head.Late.IsEmpty && parts.Head.Late.Times.Overlaps(minTimeMs, maxTimeMs);

    /// <summary>Leases on the blocks that overlap a range, ascending; the caller ends them.</summary>
    public List<BlockLease> BlocksIn(long minTimeMs, long maxTimeMs)
    {
        var leases = new List<BlockLease>();
        foreach (var block in parts.Blocks.All)
        {
            if (block.Meta.MinTimeMs > maxTimeMs || block.Meta.MaxTimeMs <= minTimeMs) continue;
            if (block.TryLease() is { } lease) leases.Add(lease);
        }
        return leases;
    }

    /// <summary>Adds what the head has: one selection serves what is in order in it and what is not.</summary>
    private void SelectHead(List<SeriesCursor> cursors, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers,
        bool skipChunks)
    {
        var (head, headMin) = (parts.Head, parts.Head.Times.MinMs);
        var hasLate = !head.Late.IsEmpty;
        if (maxTimeMs < headMin && !hasLate) return;
        var lease = head.Readers.Enter(); // Before the selection; each cursor takes one of its own.
        try
        {
            var selected = PostingsSelector.Select(Head, matchers);
            if (maxTimeMs >= headMin)
            {
                cursors.Add(Leased(own => new HeadCursor(
                    head, parts.Files, own, selected, Math.Max(minTimeMs, headMin), maxTimeMs, skipChunks)));
            }
            if (hasLate)
            {
                cursors.Add(Leased(own => new OutOfOrderCursor(
                    head, parts.Files, own, selected, minTimeMs, maxTimeMs, skipChunks)));
            }
        }
        finally
        {
            head.Readers.Leave(lease);
        }
        if (!hasLate) return;
        // Head and blocks are merged in two steps, as upstream does: which of two values of one time wins depends on it.
        var merged = MergeCursor.Over([.. cursors]);
        cursors.Clear();
        cursors.Add(merged);
    }

    /// <summary>Opens a cursor with a lease of its own, which it ends.</summary>
    private SeriesCursor Leased(Func<long, SeriesCursor> open)
    {
        var lease = parts.Head.Readers.Enter();
        try
        {
            return open(lease);
        }
        catch
        {
            parts.Head.Readers.Leave(lease);
            throw;
        }
    }
}
