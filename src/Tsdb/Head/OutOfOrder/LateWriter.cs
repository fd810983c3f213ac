using System.Runtime.InteropServices;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Head.Deletions;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Puts samples that came out of order into their series' lists and into the out-of-order log; full lists become
/// chunks.</summary>
/// <remarks>
/// One commit at a time: then the log has samples and markers in the order in which the lists took them, and replay comes to the
/// same lists. Readers are kept out for one insertion at most; files are written without any series' lock. Requests without such
/// samples never come here.
/// </remarks>
internal sealed class LateWriter(TsdbHead head, HeadChunkFiles files, int capMax) : IDisposable
{
    private readonly List<(LateSeries Series, uint Index, long TimestampMs)> _inserted = [];
    private readonly List<ChunkView> _chunks = [];
    private LateLog? _log;

    /// <summary>Guards every change of lists and chunks. Taken before a stripe lock and before the log's.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Opens the log when something must be written although no samples out of order are accepted.</summary>
    public Func<HeadLog>? NewLog { get; set; }

    /// <summary>The out-of-order log; null while replay is at work, which writes none, and where nothing is written.</summary>
    public HeadLog? Log
    {
        get;
        set
        {
            field = value;
            _log = value is null ? null : new LateLog(head, value);
        }
    }

    /// <summary>Who gets full lists while replay is at work; null from then on, when they become chunks in the files.</summary>
    public LostChunks? Lost { get; set; }

    /// <summary>Stores and logs the samples of one commit.</summary>
    /// <returns>Floats and histograms that were kept; the others' times were in their list already, and of how many with another
    /// value.</returns>
    /// <exception cref="IOException">Log or chunk files could not be written; the lists are as they were, but for full ones that
    /// became chunks.</exception>
    public (int Floats, int Histograms, int Conflicts) Store(ReadOnlySpan<LateSample> samples)
    {
        lock (Gate)
        {
            try
            {
                var (floats, histograms, conflicts) = (0, 0, 0);
                long lowest = long.MaxValue, highest = long.MinValue;
                foreach (ref readonly var sample in samples)
                {
                    var outcome = Insert(in sample);
                    if (outcome == LateInsert.Conflict) conflicts++;
                    if (outcome != LateInsert.Added) continue;
                    _log?.Add(in sample);
                    if (sample.Sample.Histogram is null) floats++;
                    else histograms++;
                    lowest = Math.Min(lowest, sample.TimestampMs);
                    highest = Math.Max(highest, sample.TimestampMs);
                }
                _log?.Flush();
                head.Late.Times.Widen(lowest, highest);
                return (floats, histograms, conflicts);
            }
            catch
            {
                TakeBack();
                throw;
            }
            finally
            {
                _log?.Clear();
                _inserted.Clear();
            }
        }
    }

    /// <summary>Stores one sample that the log holds already.</summary>
    /// <exception cref="IOException">The chunk files could not be written.</exception>
    public void Replay(in LateSample sample)
    {
        if (Insert(in sample) == LateInsert.Added) head.Late.Times.Widen(sample.TimestampMs, sample.TimestampMs);
        _inserted.Clear();
    }

    /// <summary>Makes chunks of a series' list. Needs the gate.</summary>
    /// <exception cref="IOException">A chunk could not be written; the list is as it was.</exception>
    public void Cut(uint index, LateSeries series)
    {
        if (series.List.Count == 0) return;
        _chunks.Clear();
        LateEncoder.Encode(series.List.Samples, isSplit: false, _chunks);
        Lost?.Add(index, _chunks);
        Put(index, series, Lost is null ? Save(index, _chunks) : []);
    }

    /// <summary>Writes chunks that replay made of samples in the log. Needs the gate.</summary>
    /// <exception cref="IOException">A chunk could not be written.</exception>
    public void Write(uint index, List<ChunkView> chunks)
    {
        var written = Save(index, chunks);
        var series = head.Late.Of(index);
        lock (head.Series.StripeOf(index))
        {
            head.Late.Change(series, written, static (series, chunks) =>
            {
                series.Chunks.AddRange(chunks);
                return true;
            });
        }
    }

    /// <summary>Deletes a range of what some series have now; what comes later stays. Their lists become chunks: then the log can
    /// say what "now" is, and a restart comes to the same.</summary>
    /// <param name="indexes">The series; those without anything in the range are left alone.</param>
    /// <param name="range">First and last deleted time.</param>
    /// <returns>How many had a chunk or list around the range.</returns>
    /// <exception cref="IOException">Log or chunk files could not be written; nothing is deleted.</exception>
    /// <exception cref="InsufficientMemoryException">There are too many deleted ranges already; nothing is deleted.</exception>
    public int Delete(IReadOnlyList<uint> indexes, DeletedRange range)
    {
        lock (Gate)
        {
            try
            {
                var found = new List<(uint Index, LateSeries Series)>();
                var ranges = (long)head.Late.DeletedCount;
                foreach (var index in indexes)
                {
                    if (head.Late.Find(index) is not { } series || !series.Overlaps(range)) continue;
                    Log ??= NewLog?.Invoke();
                    Cut(index, series);
                    found.Add((index, series));
                    ranges += series.Chunks.Count;
                    if (ranges > head.Tombstones.RangesMax) throw new InsufficientMemoryException(
                        $"there are {head.Late.DeletedCount} deleted ranges out of order already");
                    _log?.Mark(index, series.NewestRef);
                    _log?.Delete(head.Series.Cold[index].Ref, new LateBound(series.NewestRef, IsAllBefore: true), range);
                }
                if (found.Count > 0)
                {
                    LogCopies(found, range);
                    files.Sync(); // A start must find the chunks that the log names: where one is lost, earlier ones come back.
                    _log?.Flush();
                }
                foreach (var (index, series) in found) Apply(index, series, range);
                return found.Count;
            }
            finally
            {
                _log?.Clear();
            }
        }
    }

    /// <summary>Logs that what some series had up to a chunk is in blocks and is not to come back from the chunk files.</summary>
    /// <exception cref="IOException">Log or chunk files could not be written.</exception>
    public void LogGone(List<(ulong SeriesRef, ulong ChunkRef, DeletedRange Range)> gone)
    {
        lock (Gate)
        {
            try
            {
                Log ??= NewLog?.Invoke();
                foreach (var (seriesRef, chunkRef, range) in gone)
                    _log?.Delete(seriesRef, new LateBound(chunkRef, IsAllBefore: false), range);
                files.Sync();
                _log?.Flush();
            }
            finally
            {
                _log?.Clear();
            }
        }
    }

    /// <summary>Flushes and closes the log.</summary>
    public void Dispose()
    {
        Log?.Dispose();
        _log?.Dispose();
    }

    /// <summary>The log of what is in order has these samples too, and a start takes one of them in order where nothing newer of
    /// its series comes before it. What is appended in order from now on is newer than all of them.</summary>
    private void LogCopies(List<(uint Index, LateSeries Series)> found, DeletedRange range)
    {
        var copies = new List<(uint Index, ulong Ref, DeletedRange Range)>(found.Count);
        foreach (var (index, series) in found)
        {
            copies.Add((index, head.Series.Cold[index].Ref, new DeletedRange(
                Math.Max(range.MinTimeMs, series.MinTimeMs), Math.Min(range.MaxTimeMs, series.MaxTimeMs))));
        }
        HeadDeletion.Log(head, copies);
    }

    private void Apply(uint index, LateSeries series, DeletedRange range)
    {
        lock (head.Series.StripeOf(index))
        {
            head.Late.Change(series, range, static (series, range) =>
            {
                for (var at = 0; at < series.Chunks.Count; at++) series.Delete(at, range);
                return true;
            });
        }
    }

    private LateChunk[] Save(uint index, List<ChunkView> chunks)
    {
        var written = new LateChunk[chunks.Count];
        for (var i = 0; i < written.Length; i++)
        {
            var chunk = chunks[i];
            var fileRef = files.Write(
                head.Series.Cold[index].Ref, chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, chunk.Data.Span,
                isOutOfOrder: true);
            written[i] = new LateChunk(fileRef, chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding);
        }
        Interlocked.Add(ref head.Counters.ChunksWritten, written.Length);
        return written;
    }

    /// <summary>Puts chunks in the place of a series' list.</summary>
    private void Put(uint index, LateSeries series, LateChunk[] written)
    {
        lock (head.Series.StripeOf(index))
        {
            head.Late.Change(series, written, static (series, chunks) =>
            {
                series.Chunks.AddRange(chunks);
                series.List.Clear();
                return true;
            });
        }
    }

    private LateInsert Insert(in LateSample sample)
    {
        var index = sample.SeriesIndex;
        var series = head.Late.Of(index);
        var isNew = series.List.Count == 0 || series.List.Count >= capMax;
        if (isNew)
        {
            Cut(index, series);
            _log?.Mark(index, series.NewestRef);
            Interlocked.Increment(ref head.Counters.ChunksCreated);
        }
        lock (head.Series.StripeOf(index))
        {
            var outcome = head.Late.Change(series, sample.Sample, static (series, sample) => series.List.Insert(in sample));
            if (outcome != LateInsert.Added) return outcome;
        }
        _inserted.Add((series, index, sample.TimestampMs));
        return LateInsert.Added;
    }

    /// <summary>Removes what this commit inserted, so that a sender that tries again finds it missing. What went into a chunk
    /// stays: a second copy of it is merged away.</summary>
    private void TakeBack()
    {
        foreach (var (series, index, timestampMs) in CollectionsMarshal.AsSpan(_inserted))
        {
            lock (head.Series.StripeOf(index))
            {
                head.Late.Change(series, timestampMs, static (series, timestampMs) =>
                {
                    series.List.Remove(timestampMs);
                    return true;
                });
            }
        }
    }
}
