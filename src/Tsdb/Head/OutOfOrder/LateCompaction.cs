using System.Diagnostics;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Counters;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Writes everything that is out of order into blocks, one for each aligned window, then forgets it.</summary>
/// <remarks>
/// Streams: one series of one window is in memory at a time. All blocks appear, or none. Lists, chunks and log segments go only
/// when every read that began before the blocks appeared is done. Samples that come meanwhile stay for the next time. One caller
/// at a time (the database's maintenance lock).
/// </remarks>
internal sealed class LateCompaction(
    TsdbHead head, HeadChunkFiles files, HeadTruncation truncation, BackgroundWork work, DatabaseOptions options, Action reload)
{
    private readonly CompactedDeletions _deletions = new(head);
    private int _firstSegment;
    private long _stamp = long.MaxValue;

    /// <summary>Writes the blocks.</summary>
    /// <returns>Their ULIDs, ascending by time.</returns>
    /// <exception cref="IOException">Something could not be written: no block was added and nothing is forgotten.</exception>
    /// <exception cref="InvalidDataException">A chunk is damaged; likewise.</exception>
    public IReadOnlyList<string> Run()
    {
        if (head.Late.Writer is not { } writer) return [];
        var segment = 0;
        lock (writer.Gate)
        {
            writer.Log?.NextSegment();
            segment = writer.Log?.Segment ?? 0;
        }
        var blocks = new List<string>();
        _stamp = long.MaxValue; // What a run before left to be forgotten is written once more.
        var lease = head.Readers.Enter();
        try
        {
            using var windows = new LateWindows(files, options.MinBlockDurationMs);
            var series = CutLists(writer, windows);
            foreach (var start in windows.Starts) WriteWindow(series, start, blocks);
            if (blocks.Count > 0) reload();
        }
        catch
        {
            foreach (var ulid in blocks) BlockDirectory.Delete(options.Directory, ulid, options.Disk);
            work.CompactionsFailed++;
            throw;
        }
        finally
        {
            head.Readers.Leave(lease);
        }
        (_firstSegment, _stamp) = (segment, head.Readers.Now);
        return blocks;
    }

    /// <summary>Forgets what the last run wrote, if no older read is at work.</summary>
    /// <exception cref="IOException">Files could not be deleted; nothing is lost, the next call tries again.</exception>
    public void TryFinish()
    {
        if (_stamp == long.MaxValue || head.Readers.Oldest <= _stamp || head.Late.Writer is not { } writer) return;
        foreach (var index in head.Late.Indexes) Drop(writer, index);
        truncation.Collect();
        _deletions.Repeat(writer, files.LowestNumber);
        writer.Log?.Truncate(_firstSegment);
        _stamp = long.MaxValue;
    }

    /// <summary>Logs that compacted chunks in a range may not come back, before blocks get deletions there.</summary>
    /// <param name="range">First and last time of the deletion.</param>
    /// <param name="postings">Index of the head.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <exception cref="IOException">A log could not be written.</exception>
    public void Delete(DeletedRange range, HeadPostings postings, ReadOnlySpan<Matcher> matchers)
    {
        if (_deletions.IsEmpty || head.Late.Writer is not { } writer) return;
        var lease = head.Readers.Enter();
        try
        {
            _deletions.Delete(writer, range, [.. PostingsSelector.Select(postings, matchers)]);
        }
        finally
        {
            head.Readers.Leave(lease);
        }
    }

    /// <summary>Makes chunks of all lists and gives the series that have any, ascending by labels.</summary>
    private uint[] CutLists(LateWriter writer, LateWindows windows)
    {
        var indexes = head.Late.Indexes;
        foreach (var index in indexes)
        {
            lock (writer.Gate)
            {
                if (head.Late.Find(index) is not { } series) continue;
                writer.Cut(index, series);
                series.CompactedRef = series.NewestRef;
                foreach (var chunk in series.Chunks) windows.Add(in chunk);
            }
        }
        Array.Sort(indexes, (a, b) => head.Index.Compare(head.Series.Cold[a], head.Series.Cold[b]));
        return indexes;
    }

    private void WriteWindow(uint[] series, long start, List<string> blocks)
    {
        var started = Stopwatch.GetTimestamp();
        work.IsPopulating = 1;
        try
        {
            var end = start + options.MinBlockDurationMs;
            var chunks = new OutOfOrderCursor(
                head, files, head.Readers.Enter(), series, start, end - 1, skipChunks: false, isCompaction: true);
            using var cursor = new LateBlockCursor(chunks, start, end - 1);
            var ulid = BlockWriter.Write(options.Directory, start, end, cursor, HeadCutter.SymbolsOf(head), new BlockWriterOptions
            {
                Clock = options.Clock,
                Disk = options.Disk,
                Work = work,
                Hints = [BlockMeta.OutOfOrderHint],
                Parents = [BlockParent.Zero],
            });
            if (ulid is not null) blocks.Add(ulid);
        }
        finally
        {
            work.IsPopulating = 0;
        }
        work.Compactions++;
        work.CompactionSeconds.Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private void Drop(LateWriter writer, uint index)
    {
        lock (writer.Gate)
        {
            if (head.Late.Find(index) is not { } series) return;
            _deletions.Note(index, series);
            lock (head.Series.StripeOf(index))
            {
                head.Counters.ChunksRemoved += head.Late.Change(
                    series, true, static (series, _) => series.RemoveCompacted());
                if (series.IsEmpty) head.Late.Forget(index);
            }
        }
    }
}
