using System.Diagnostics;
using Tsdb.Chunks;
using Tsdb.Counters;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>Forgets what is in blocks: memory, chunk files and log, in this order.</summary>
/// <remarks>
/// Visible times move at once; memory goes when every read that began before is done, because such a read may have missed the new
/// block. The log is folded into a checkpoint that keeps the records of series still in the head, or removed so recently that
/// segments after
/// the checkpoint may mention them. One caller at a time (the database's maintenance lock).
/// </remarks>
internal sealed class HeadTruncation(TsdbHead head, HeadChunkFiles files, BackgroundWork work, DatabaseOptions options)
{
    private readonly HeadCollector _collector = new(head);
    private readonly Dictionary<ulong, long> _keepUntilMs = [];
    private long _pendingMs = long.MinValue;
    private long _logTruncatedMs = long.MinValue;
    private long _stamp;

    /// <summary>Moves the head's lower bound to <paramref name="mint"/>: everything below is in blocks.</summary>
    public void Begin(long mint)
    {
        head.Times.Truncate(mint);
        head.Times.RaiseMin(OldestFrom(mint, isHeldByLate: true));
        _pendingMs = Math.Max(_pendingMs, mint);
        _stamp = head.Readers.Now;
        head.Counters.Truncations++;
    }

    /// <summary>Removes the series that replay found in the log without a sample that is not in blocks yet.</summary>
    public void CollectAfterReplay()
    {
        foreach (var reference in head.SecondRefs) _keepUntilMs[reference] = head.Times.MaxMs;
        head.SecondRefs.Clear();
        _collector.Collect(head.Times.MinValidMs, removed => _keepUntilMs[removed] = head.Times.MinMs);
        _collector.FreeUnlinked();
    }

    /// <summary>Frees memory, files and log segments of a truncation begun before, if no older read is at work.</summary>
    /// <exception cref="IOException">Log or files could not be shortened; nothing is lost, the next truncation tries
    /// again.</exception>
    public void TryFinish()
    {
        _collector.FreeUnlinked();
        if (_pendingMs == long.MinValue || head.Readers.Oldest <= _stamp) return;
        var mint = _pendingMs;
        _pendingMs = long.MinValue;
        Collect(mint);
        var started = Stopwatch.GetTimestamp();
        TruncateLog(mint);
        work.LogTruncations.DoneSince(started);
    }

    /// <summary>Frees memory and files of what is in blocks, and of series without anything left. No read may be at work that
    /// began before the last block appeared.</summary>
    /// <exception cref="IOException">Files could not be deleted.</exception>
    public void Collect() => Collect(head.Times.MinMs);

    private void Collect(long mint)
    {
        var started = Stopwatch.GetTimestamp();
        var max = head.Times.MaxMs;
        var oldest = _collector.Collect(mint, removed => _keepUntilMs[removed] = head.Times.MinMs);
        head.Times.RaiseMin(oldest);
        // Anything in the window may still come.
        var possible = max < long.MinValue + options.OutOfOrderWindowMs ? long.MinValue : max - options.OutOfOrderWindowMs;
        head.Late.Times.SetMin(Math.Min(_collector.OldestLateMs, possible));
        if (_collector.LowestFileInUse != int.MaxValue) files.Truncate(_collector.LowestFileInUse);
        _collector.FreeUnlinked();
        head.Tombstones.Truncate(OldestOf);
        work.Collections.DoneSince(started);
    }

    /// <summary>Lowest time of a sample in order at or after <paramref name="mint"/>, to the precision of chunks;
    /// <see cref="long.MaxValue"/> without any.</summary>
    /// <param name="mint">Unix milliseconds.</param>
    /// <param name="isHeldByLate">Whether, as upstream, a series that has only samples out of order keeps the head's lower bound
    /// where it is: then <see cref="long.MinValue"/>.</param>
    public long OldestFrom(long mint, bool isHeldByLate)
    {
        var oldest = long.MaxValue;
        for (var index = 0u; index < head.Series.Cold.End; index++)
        {
            if (Volatile.Read(ref head.Series.Cold[index].Ref) == 0) continue;
            var own = OldestOf(index, mint);
            if (own == long.MaxValue && isHeldByLate && head.Late.Has(index)) return long.MinValue;
            oldest = Math.Min(oldest, own);
        }
        return oldest;
    }

    private long OldestOf(uint index, long mint)
    {
        var series = head.Series;
        var oldest = long.MaxValue;
        lock (series.StripeOf(index))
        {
            ref var hot = ref series.Hot[index];
            if (hot.HasAnyChunk && hot.LastTimestampMs >= mint) oldest = Math.Max(mint, hot.ChunkMinTimeMs);
            for (var at = series.Cold[index].NewestChunk; at != FullChunks.None; at = series.Full[at].Older)
            {
                if (series.Full[at].MaxTimeMs < mint) break;
                oldest = Math.Min(oldest, Math.Max(mint, series.Full[at].MinTimeMs));
            }
        }
        return oldest;
    }

    /// <summary>A truncated head may still hold samples below its bounds, in chunks that reach across; they stay
    /// deleted.</summary>
    private long OldestOf(uint index)
    {
        lock (head.Series.StripeOf(index)) return head.Series.TimesOf(index).MinTimeMs;
    }

    private void TruncateLog(long mint)
    {
        // As upstream: once for a time, and planned by the segments there were before the new one.
        if (mint <= _logTruncatedMs) return;
        var directory = Path.Combine(options.Directory, "wal");
        // What an interruption left of segments that a checkpoint holds already.
        var checkpoint = SegmentDirectory.LastCheckpoint(directory);
        if (SegmentDirectory.ListNumbers(directory) is [var lowest, ..] && lowest <= checkpoint)
            head.Log.Truncate(checkpoint + 1);
        var segments = SegmentDirectory.ListNumbers(directory);
        head.Log.NextSegment();
        _logTruncatedMs = mint;
        if (segments is not [var first, .., var last] || !Checkpoint.TryPlan(first, last, out var to)) return;
        var live = LiveRefs();
        var compression = options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
        try
        {
            Checkpoint.Create(
                directory, first, to, mint,
                reference => live.Contains(reference)
                    || (_keepUntilMs.TryGetValue(reference, out var until) && until >= mint),
                compression, options.WalSegmentSizeBytes, options.Disk, options.Log,
                CancellationToken.None);
        }
        catch
        {
            work.CheckpointsFailed++;
            throw;
        }
        work.CheckpointsCreated++;
        head.Log.Truncate(to + 1);
        foreach (var (reference, until) in _keepUntilMs)
        {
            if (until < mint) _keepUntilMs.Remove(reference);
        }
        DeleteCheckpointsBelow(directory, to);
    }

    private void DeleteCheckpointsBelow(string directory, int below)
    {
        work.CheckpointDeletions++;
        try
        {
            Checkpoint.DeleteBelow(directory, below, options.Disk);
        }
        catch
        {
            work.CheckpointDeletionsFailed++;
            throw;
        }
    }

    /// <summary>References of the series in the head, all of each: log, out-of-order log and chunk files may mention the others
    /// as long as there is anything of the series.</summary>
    private HashSet<ulong> LiveRefs()
    {
        var live = new HashSet<ulong>(head.SeriesCount);
        for (var index = 0u; index < head.Series.Cold.End; index++)
        {
            var reference = Volatile.Read(ref head.Series.Cold[index].Ref);
            if (reference != 0) live.Add(reference);
        }
        head.OtherRefs.RemoveAll(entry => !live.Contains(entry.Own));
        foreach (var (other, _) in head.OtherRefs) live.Add(other);
        return live;
    }
}
