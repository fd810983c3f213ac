using System.Diagnostics;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Counters;

namespace Tsdb.Head;

/// <summary>Cuts the head into blocks on block boundaries, as a receiver's periodic tick and its shutdown do.</summary>
/// <remarks>Rules: docs/formats/head.md, "Cutting". Streams series by series; an append waits for no more than one series'
/// copy.</remarks>
internal sealed class HeadCutter(TsdbHead head, HeadChunkFiles files, HeadTruncation truncation, DatabaseOptions options,
    BackgroundWork work, Action published)
{
    private long? _limitBefore; // The head's lower limit before a range was closed that is not cut yet.

    private long RangeMs => options.MaxBlockDurationMs;

    /// <summary>Whether anything was cut, an empty range included.</summary>
    public bool HasCut { get; private set; }

    /// <summary>Cuts while the head reaches back more than one and a half block ranges, by the clock for the first
    /// block.</summary>
    public IReadOnlyList<string> CutDue(long nowMs)
    {
        var blocks = new List<string>();
        if (!IsInitialised || !IsLong(head.Times.MinMs, nowMs)) return blocks;
        do
        {
            CloseRange(WindowEnd(head.Times.MinMs));
            var min = head.Times.MinMs; // Requests that had begun may have brought something older.
            var before = blocks.Count;
            Cut(min, WindowEnd(min), blocks);
            if (blocks.Count == before) PassOverEmptyWindows();
        }
        while (IsLong(head.Times.MinMs, head.Times.MaxMs));
        return blocks;
    }

    /// <summary>Truncates up to the window of the oldest sample in order. Late samples alone hold the lower bound back, and one
    /// sample of a wrong clock in the far future would make a tick look at one empty window after the other for years.</summary>
    private void PassOverEmptyWindows()
    {
        if (!IsLong(head.Times.MinMs, head.Times.MaxMs)) return;
        // No further than one window after the other would lead: what is above may still be appended.
        var start = WindowStart(Math.Min(OldestInOrder(), head.Times.MaxMs - (RangeMs / 2) - 1));
        if (start <= head.Times.MinMs) return;
        CloseRange(start);
        if (OldestInOrder() >= start) Truncate(start); // Unless a running request brought some.

        long OldestInOrder() => truncation.OldestFrom(head.Times.MinMs, isHeldByLate: false);
    }

    /// <summary>Cuts everything up to, and without, the newest timestamp; a head with a single timestamp entirely.</summary>
    public IReadOnlyList<string> Flush()
    {
        var blocks = new List<string>();
        if (!IsInitialised) return blocks;
        var (min, max) = (head.Times.MinMs, head.Times.MaxMs);
        if (min == max)
        {
            CutUpTo(max + 1, blocks);
            return blocks;
        }
        var aligned = WindowStart(max);
        CloseRange(aligned);
        if (aligned > head.Times.MinMs) CutUpTo(aligned, blocks);
        else Truncate(aligned); // Nothing to write, but upstream starts a new log segment here too.
        CutUpTo(max, blocks);
        return blocks;
    }

    /// <summary>Cuts one range, both ends included, whether it is due or not; everything up to its end leaves the head.</summary>
    public IReadOnlyList<string> CutRange(long minMs, long maxMs)
    {
        var blocks = new List<string>();
        Cut(minMs, maxMs + 1, blocks);
        return blocks;
    }

    private bool IsInitialised => head.Times.MinMs != long.MaxValue && head.Times.MaxMs != long.MinValue;

    /// <summary>A difference of two times may need 64 bits without a sign.</summary>
    private bool IsLong(long min, long max) => max > min && (ulong)(max - min) > (ulong)(RangeMs / 2 * 3);

    /// <summary>The last window there is ends with the highest time, which no block can hold: its end is exclusive.</summary>
    private long WindowEnd(long t)
    {
        var start = WindowStart(t);
        return start > long.MaxValue - RangeMs ? long.MaxValue : start + RangeMs;
    }

    private long WindowStart(long t) => t - (t % RangeMs);

    private void CutUpTo(long endExclusive, List<string> blocks)
    {
        CloseRange(endExclusive);
        Cut(head.Times.MinMs, endExclusive, blocks); // Requests that had begun may have brought something older.
    }

    private void Cut(long min, long endExclusive, List<string> blocks)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            work.IsPopulating = 1;
            CloseRange(endExclusive);
            using var cursor = HeadCursor.OverAll(head, files, min, endExclusive - 1);
            var written = BlockWriter.Write(options.Directory, min, endExclusive, cursor, SymbolsOf(head),
                new BlockWriterOptions { Clock = options.Clock, Disk = options.Disk, Work = work });
            if (written is not null) blocks.Add(written);
        }
        catch
        {
            work.CompactionsFailed++;
            if (_limitBefore is { } before) head.Times.Reopen(before);
            throw;
        }
        finally
        {
            work.IsPopulating = 0;
        }
        work.Compactions++;
        work.CompactionSeconds.Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
        published();
        Truncate(endExclusive);
        HasCut = true;
    }

    /// <summary>After each range, so that the memory and the log of a head far behind shrink on the way.</summary>
    private void Truncate(long mint)
    {
        truncation.Begin(mint);
        _limitBefore = null;
        truncation.TryFinish();
    }

    /// <summary>Keeps requests out of a range before it is read, and waits for those that are allowed into it: what one of them
    /// brought to a series that was read already would be in no block, and truncated away.</summary>
    private void CloseRange(long endExclusive)
    {
        var before = head.Times.Close(endExclusive);
        _limitBefore ??= before;
        head.Gate.RunAlone(static () => { });
    }

    /// <summary>Every label name and value of the head, and the empty string that stands for "all series", as upstream writes
    /// them.</summary>
    internal static List<ReadOnlyMemory<byte>> SymbolsOf(TsdbHead head)
    {
        var symbols = new List<ReadOnlyMemory<byte>> { ReadOnlyMemory<byte>.Empty };
        lock (head.Index.Lock)
        {
            foreach (var name in head.Index.Pairs.Names)
            {
                if (name.Pairs.Count == 0) continue;
                symbols.Add(name.Text);
                foreach (var pair in name.Pairs) symbols.Add(head.Index.Symbols.Memory(head.Index.Pairs[pair].Value));
            }
        }
        symbols.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));
        var unique = 0;
        for (var i = 1; i < symbols.Count; i++)
        {
            if (!symbols[i].Span.SequenceEqual(symbols[unique].Span)) symbols[++unique] = symbols[i];
        }
        symbols.RemoveRange(unique + 1, symbols.Count - unique - 1);
        return symbols;
    }
}
