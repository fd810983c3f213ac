using System.Diagnostics;
using Tsdb.Blocks;
using Tsdb.Counters;
using Tsdb.Head;
using Tsdb.Head.Deletions;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Labels;
using Tsdb.Queries;
using Tsdb.Wal;

namespace Tsdb;

/// <summary>A Prometheus-compatible time series database in one directory: a head with its log, and blocks.</summary>
/// <remarks>Every member may be called from any thread until disposal, which must be the last call.</remarks>
public sealed class Database : IDisposable
{
    /// <summary>How often complete chunks go to files and what was removed is freed: upstream's reload interval in a
    /// receiver.</summary>
    private static readonly TimeSpan MaintenancePeriod = TimeSpan.FromSeconds(1);

    private readonly DatabaseParts _parts;
    private readonly AppenderPool _appenders;
    private readonly DatabaseReader _reader;
    private readonly ITimer _timer;
    private readonly LogFlusher _flusher;
    private readonly Lock _maintenance = new(); // One pass over the head at a time: saving, cutting, collecting.
    private bool _isClosed;

    private Database(DatabaseOptions options, DatabaseParts parts)
    {
        (Options, _parts) = (options, parts);
        _appenders = new AppenderPool(parts.Head);
        _reader = new DatabaseReader(parts);
        _flusher = new LogFlusher(parts.Head, options);
        _timer = options.Clock.CreateTimer(_ => Maintain(), null, MaintenancePeriod, MaintenancePeriod);
    }

    /// <summary>What it was opened with.</summary>
    public DatabaseOptions Options { get; }

    /// <summary>Oldest time that can be answered: the oldest block's minimum, else the head's, or that of samples out of
    /// order; <see cref="long.MaxValue"/> while
    /// empty.</summary>
    public long MinTimeMs => Math.Min(
        Blocks is [var oldest, ..] ? oldest.Meta.MinTimeMs : HeadMinTimeMs,
        _parts.Head.Late.IsEmpty ? long.MaxValue : _parts.Head.Late.Times.MinMs);

    /// <summary>Lowest time in the head; <see cref="long.MaxValue"/> while there never was a sample or block.</summary>
    public long HeadMinTimeMs => _parts.Head.Times.MinMs;

    /// <summary>Newest time in the head, or the end of the newest block when it holds nothing; <see cref="long.MinValue"/> while
    /// there never was either.</summary>
    public long HeadMaxTimeMs => _parts.Head.Times.MaxMs;

    /// <summary>Series in the head.</summary>
    public int SeriesCount => _parts.Head.SeriesCount;

    /// <summary>Complete and open chunks in the head, those of samples out of order included. Walks the series.</summary>
    public long ChunkCount => _parts.Head.ChunkCount;

    /// <summary>Open blocks, ascending by minimum time; for looking at, not for reading (that needs a lease).</summary>
    public IReadOnlyList<BlockReader> Blocks => _parts.Blocks.All;

    /// <summary>What the head counted.</summary>
    public HeadCounters HeadCounters => _parts.Head.Counters;

    /// <summary>What became of exemplars.</summary>
    public ExemplarCounters ExemplarCounters => _parts.Head.Exemplars.Counters;

    /// <summary>What the log counted.</summary>
    public WalCounters WalCounters => _parts.Head.Log.Counters;

    /// <summary>What the out-of-order log counted; null while there is none.</summary>
    public WalCounters? OutOfOrderLogCounters => _parts.Head.Late.Writer?.Log?.Counters;

    /// <summary>Bytes of the out-of-order log on disk. Walks the directory.</summary>
    public long OutOfOrderLogSizeBytes => _parts.Head.Late.Writer?.Log?.SizeBytes ?? 0;

    /// <summary>Lowest time out of order; it may reach below what is left. <see cref="long.MaxValue"/> while there never was
    /// any.</summary>
    public long OutOfOrderMinTimeMs => _parts.Head.Late.Times.MinMs;

    /// <summary>Highest time there ever was out of order; <see cref="long.MinValue"/> while there never was any.</summary>
    public long OutOfOrderMaxTimeMs => _parts.Head.Late.Times.MaxMs;

    /// <summary>What the work behind the appends did.</summary>
    public BackgroundWork BackgroundWork => _parts.Work;

    /// <summary>Bytes of the log on disk, checkpoints included. Walks the directory.</summary>
    public long WalSizeBytes => _parts.Head.Log.SizeBytes;

    /// <summary>Bytes of the files of complete chunks.</summary>
    public long ChunkFilesSizeBytes => _parts.Files.SizeBytes;

    /// <summary>Requests between begin and commit.</summary>
    public int ActiveAppenders => _parts.Head.Gate.InsideCount;

    /// <summary>Series whose newest sample is a stale marker. Walks the series.</summary>
    public int StaleSeriesCount => _parts.Head.Series.CountStale();

    /// <summary>Whether the execution before had closed this database; null when no lock file can tell.</summary>
    public bool? IsCleanStart => !_parts.WasLockLeftBehind;

    /// <summary>Which labels the head's series carry most; <paramref name="limit"/> entries a list, 0 or more.</summary>
    public LabelStatistics LabelStatistics(int limit) => Head.LabelStatistics.Of(_parts.Head, limit);

    /// <summary>Bytes of the head that are backed by memory, by part.</summary>
    public HeadMemory HeadMemory => HeadMemory.Of(_parts.Head);

    /// <summary>What it consists of.</summary>
    internal DatabaseParts Parts => _parts;

    /// <summary>Opens or creates the database: takes the lock, loads blocks, replays the log.</summary>
    /// <exception cref="IOException">The directory cannot be used; the text says why.</exception>
    /// <remarks>Damaged data never keeps it from opening: what can be read is served, what cannot is told to
    /// <see cref="DatabaseOptions.Log"/> and kept beside, or, for a block, left as it is.</remarks>
    public static Database Open(DatabaseOptions options) => new(options, DatabaseParts.Open(options));

    /// <summary>Begins a request; dispose it.</summary>
    public HeadAppender CreateAppender() => _appenders.Take();

    /// <summary>Streams the series that match, ascending by labels, with every chunk that overlaps [min, max] (both inclusive),
    /// whole.</summary>
    public SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks) =>
        _reader.Select(minTimeMs, maxTimeMs, matchers, skipChunks);

    /// <summary>Exemplars between two times, both included, of the series that satisfy one of several lists of matchers; an empty
    /// list selects nothing.</summary>
    /// <returns>Ascending by labels of the series; empty when none are kept.</returns>
    public IReadOnlyList<SeriesExemplars> SelectExemplars(
        long minTimeMs, long maxTimeMs, IReadOnlyList<Matcher[]> matchers) =>
        _parts.Head.Exemplars.Select(minTimeMs, maxTimeMs, matchers);

    /// <summary>What is known about the series of the head that match and have metadata.</summary>
    /// <returns>Ascending by labels.</returns>
    public IReadOnlyList<(LabelSet Labels, SeriesMetadata Metadata)> SelectMetadata(ReadOnlySpan<Matcher> matchers) =>
        _reader.SelectMetadata(matchers);

    /// <summary>Names of the labels of the series that match (all series without matchers), ascending. Range granularity: whole
    /// head, whole block.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(
        long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) =>
        _reader.LabelNames(minTimeMs, maxTimeMs, matchers);

    /// <summary>Values of one label, as <see cref="LabelNames"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs,
        ReadOnlySpan<Matcher> matchers) =>
        _reader.LabelValues(name, minTimeMs, maxTimeMs, matchers);

    /// <summary>What the periodic tick of a receiver does: cuts blocks while the head is old enough by <paramref name="nowMs"/>,
    /// then truncates head and log; out-of-order samples follow when anything was cut.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    /// <exception cref="IOException">A block or the log could not be written; nothing is lost, the next tick tries
    /// again.</exception>
    public IReadOnlyList<string> CutDueBlocks(long nowMs) => Cut(cutter => cutter.CutDue(nowMs), isOutOfOrderDue: true);

    /// <summary>What a receiver does at shutdown: cuts everything but the newest timestamp into blocks.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    /// <exception cref="IOException">A block or the log could not be written; the samples stay in the log.</exception>
    /// <remarks>Out-of-order samples stay in their log and files.</remarks>
    public IReadOnlyList<string> Flush() => Cut(cutter => cutter.Flush());

    /// <summary>Writes what is out of order into blocks, one for each window of <see
    /// cref="DatabaseOptions.MinBlockDurationMs"/>, and forgets it once older reads are done.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    /// <exception cref="IOException">A block could not be written: none was added, nothing is forgotten.</exception>
    /// <exception cref="InvalidDataException">A chunk is damaged; likewise.</exception>
    public IReadOnlyList<string> CompactOutOfOrder()
    {
        lock (_maintenance)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var blocks = _parts.Late.Run();
            _parts.Truncation.TryFinish();
            _parts.Late.TryFinish();
            return blocks;
        }
    }

    /// <summary>Cuts the samples between two times, both included, into a block and truncates the head behind them.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    /// <exception cref="IOException">The block or the log could not be written; nothing is lost.</exception>
    internal IReadOnlyList<string> CutHead(long minMs, long maxMs) => Cut(cutter => cutter.CutRange(minMs, maxMs));

    /// <summary>Deletes samples between two times, both included, of the series that match: from reads at once, from disk when
    /// their block is written again or the head is cut.</summary>
    /// <param name="minTimeMs">First deleted time, Unix milliseconds.</param>
    /// <param name="maxTimeMs">Last deleted time.</param>
    /// <param name="matchers">All must hold; none selects nothing.</param>
    /// <returns>How many series of blocks and head hold chunks in the range; one that several of them have counts in
    /// each.</returns>
    /// <exception cref="IOException">The log or a block could not be written: part of the deletion may have taken effect, and
    /// all of it can be repeated.</exception>
    /// <exception cref="InsufficientMemoryException">The head has too many deleted ranges already.</exception>
    public int Delete(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        lock (_maintenance)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var count = HeadDeletion.Delete(_parts.Head, _reader.Head, minTimeMs, maxTimeMs, matchers);
            count += LateDeletion.Delete(_parts.Head, _reader.Head, minTimeMs, maxTimeMs, matchers);
            if (minTimeMs <= maxTimeMs) _parts.Late.Delete(new DeletedRange(minTimeMs, maxTimeMs), _reader.Head, matchers);
            foreach (var lease in _reader.BlocksIn(minTimeMs, maxTimeMs))
            {
                using (lease) count += BlockDeletion.Delete(lease, minTimeMs, maxTimeMs, matchers, Options.Disk);
            }
            return count;
        }
    }

    /// <summary>Writes every block that has deletions again without them, and drops the old ones.</summary>
    /// <returns>ULIDs of the new blocks; a block of which nothing is left has none.</returns>
    /// <exception cref="IOException">A block could not be written; those not done yet are as they were.</exception>
    public IReadOnlyList<string> CleanTombstones()
    {
        lock (_maintenance)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var started = Stopwatch.GetTimestamp();
            var options = new BlockWriterOptions { Clock = Options.Clock, Disk = Options.Disk };
            var written = _parts.Blocks.CleanTombstones(options);
            _parts.Work.TombstoneCleanupSeconds.Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
            return written;
        }
    }

    /// <summary>Looks again which blocks there are and deletes those past retention for which <paramref name="mayDelete"/> (given
    /// the ULID) says yes.</summary>
    public void ApplyRetention(Func<string, bool> mayDelete)
    {
        lock (_maintenance)
        {
            if (_isClosed) return;
            _parts.Blocks.Reload();
            _parts.Blocks.ApplyRetention(Options.RetentionMs, mayDelete);
        }
    }

    /// <summary>Flushes and closes the log and releases the lock. Samples in open chunks live in the log.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _flusher.Dispose();
        lock (_maintenance)
        {
            if (_isClosed) return;
            _isClosed = true;
            _appenders.Dispose();
            _parts.Dispose();
        }
    }

    private IReadOnlyList<string> Cut(Func<HeadCutter, IReadOnlyList<string>> cut, bool isOutOfOrderDue = false)
    {
        lock (_maintenance)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var cutter = NewCutter();
            var blocks = cut(cutter);
            _parts.Truncation.TryFinish();
            if (!isOutOfOrderDue || !cutter.HasCut) return blocks;
            var late = _parts.Late.Run();
            _parts.Late.TryFinish();
            return [.. blocks, .. late];
        }
    }

    private HeadCutter NewCutter() =>
        new(_parts.Head, _parts.Files, _parts.Truncation, Options, _parts.Work, _parts.Blocks.Reload);

    private void Maintain()
    {
        if (!_maintenance.TryEnter()) return; // The pass before is still at work.
        try
        {
            if (_isClosed) return;
            _parts.Work.Passes++;
            _parts.Saver.SaveAll();
            _parts.Truncation.TryFinish();
            _parts.Late.TryFinish();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Options.Log($"maintenance of {Options.Directory}: {e.Message}");
        }
        finally
        {
            _maintenance.Exit();
        }
    }
}
