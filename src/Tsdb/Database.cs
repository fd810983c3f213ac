using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Queries;
using Tsdb.Wal;

namespace Tsdb;

/// <summary>A Prometheus-compatible time series database in one directory: a head with its log, and blocks.</summary>
/// <remarks>Every member may be called from any thread until disposal, which must be the last call.</remarks>
public sealed class Database : IDisposable
{
    /// <summary>How often complete chunks go to files and what was removed is freed: upstream's reload interval in a receiver.</summary>
    private static readonly TimeSpan MaintenancePeriod = TimeSpan.FromSeconds(1);

    private readonly DirectoryLock? _lock;
    private readonly TsdbHead _head;
    private readonly HeadChunkFiles _files;
    private readonly HeadChunkSaver _saver;
    private readonly AppenderPool _appenders;
    private readonly HeadPostings _postings;
    private readonly ITimer _timer;
    private readonly Lock _maintenance = new(); // One pass over the head at a time: saving, cutting, collecting.
    private bool _isClosed;

    private Database(DatabaseOptions options, DirectoryLock? directoryLock, TsdbHead head, HeadChunkFiles files, HeadChunkSaver saver)
    {
        (Options, _lock, _head, _files, _saver) = (options, directoryLock, head, files, saver);
        _appenders = new AppenderPool(head);
        _postings = new HeadPostings(head);
        _timer = options.Clock.CreateTimer(_ => Maintain(), null, MaintenancePeriod, MaintenancePeriod);
    }

    /// <summary>What it was opened with.</summary>
    public DatabaseOptions Options { get; }

    /// <summary>Oldest time that can be answered: the oldest block's minimum, else the head's; <see cref="long.MaxValue"/> while empty.</summary>
    public long MinTimeMs => HeadMinTimeMs;

    /// <summary>Lowest time in the head; <see cref="long.MaxValue"/> while it never held a sample.</summary>
    public long HeadMinTimeMs => _head.Times.MinMs;

    /// <summary>Newest time in the head; <see cref="long.MinValue"/> while it never held a sample.</summary>
    public long HeadMaxTimeMs => _head.Times.MaxMs;

    /// <summary>Series in the head.</summary>
    public int SeriesCount => _head.SeriesCount;

    /// <summary>What the head counted.</summary>
    public HeadCounters HeadCounters => _head.Counters;

    /// <summary>What the log counted.</summary>
    public WalCounters WalCounters => _head.Log.Counters;

    /// <summary>Opens or creates the database: takes the lock, loads blocks, replays the log.</summary>
    /// <exception cref="IOException">The directory cannot be used; the text says why.</exception>
    public static Database Open(DatabaseOptions options)
    {
        Directory.CreateDirectory(options.Directory);
        var directoryLock = options.LockFile ? new DirectoryLock(options.Directory) : null;
        try
        {
            return OpenLocked(options, directoryLock);
        }
        catch
        {
            directoryLock?.Dispose();
            throw;
        }
    }

    /// <summary>Begins a request; dispose it.</summary>
    public HeadAppender CreateAppender() => _appenders.Take();

    /// <summary>Streams the series that match, ascending by labels, with every chunk that overlaps [min, max] (both inclusive), whole.</summary>
    public SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks)
    {
        var lease = _head.Readers.Enter();
        var selected = _postings.All().ToArray();
        return new HeadCursor(_head, _files, lease, selected, Math.Max(minTimeMs, _head.Times.MinMs), maxTimeMs, skipChunks);
    }

    /// <summary>Names of the labels of the series that match (all series without matchers), ascending. Range granularity: whole head, whole block.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) => _postings.Names();

    /// <summary>Values of one label, as <see cref="LabelNames"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) =>
        _postings.Values(name);

    /// <summary>What the periodic tick of a receiver does: cuts blocks while the head is old enough by <paramref name="nowMs"/>, then truncates head and log.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    public IReadOnlyList<string> CutDueBlocks(long nowMs) => nowMs - _head.Times.MinMs > 0 ? [] : [];

    /// <summary>What a receiver does at shutdown: cuts everything but the newest timestamp into blocks.</summary>
    /// <returns>ULIDs of the blocks written.</returns>
    public IReadOnlyList<string> Flush() => _isClosed ? [] : [];

    /// <summary>Deletes blocks past retention for which <paramref name="mayDelete"/> (given the ULID) says yes.</summary>
    public void ApplyRetention(Func<string, bool> mayDelete) => ObjectDisposedException.ThrowIf(_isClosed, this);

    /// <summary>Flushes and closes the log and releases the lock. Samples in open chunks live in the log.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_maintenance)
        {
            if (_isClosed) return;
            _isClosed = true;
            _appenders.Dispose();
            try
            {
                _saver.SaveAll();
            }
            finally
            {
                _saver.Dispose();
                _files.Dispose();
                _head.Dispose();
                _lock?.Dispose();
            }
        }
    }

    private static Database OpenLocked(DatabaseOptions options, DirectoryLock? directoryLock)
    {
        var started = options.Clock.GetTimestamp();
        var walDirectory = Path.Combine(options.Directory, "wal");
        var chunksDirectory = Path.Combine(options.Directory, "chunks_head");
        // The log has every sample that the files have; the files are rebuilt from it.
        if (Directory.Exists(chunksDirectory)) Directory.Delete(chunksDirectory, recursive: true);
        var compression = options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
        var writer = new SegmentWriter(walDirectory, options.WalSegmentSizeBytes, compression);
        var head = new TsdbHead(options, new HeadLog(writer, options.WalFsync));
        var files = HeadChunkFiles.Open(chunksDirectory);
        var saver = new HeadChunkSaver(head, files);
        using (var replay = new HeadReplay(head, saver.SaveAll, options.Log))
        {
            if (replay.Run(walDirectory, writer.Segment - 1) is { } damage)
            {
                head.Counters.WalCorruptions++;
                options.Log($"Encountered WAL read error err=\"{damage}\"");
            }
        }
        saver.SaveAll();
        head.Counters.ReplayDurationMs = (long)options.Clock.GetElapsedTime(started).TotalMilliseconds;
        return new Database(options, directoryLock, head, files, saver);
    }

    private void Maintain()
    {
        if (!_maintenance.TryEnter()) return; // The pass before is still at work.
        try
        {
            if (_isClosed) return;
            _saver.SaveAll();
        }
        catch (IOException e)
        {
            Options.Log($"writing head chunks: {e.Message}");
        }
        finally
        {
            _maintenance.Exit();
        }
    }
}
