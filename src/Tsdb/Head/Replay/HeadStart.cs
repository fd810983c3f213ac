using Tsdb.Chunks;
using Tsdb.Files;
using Tsdb.Head.OutOfOrder;
using Tsdb.Head.Snapshots;
using Tsdb.Wal;

namespace Tsdb.Head.Replay;

/// <summary>Brings a head up from its directory: chunk files first, then the log, then what arrived out of order.</summary>
/// <remarks>
/// Chunk files are a convenience: the log has everything in them that is not in blocks, since it is shortened only behind durable
/// blocks. So files that are damaged are set aside, and nothing needs them to have reached the device.
/// </remarks>
internal sealed class HeadStart : IDisposable
{
    private readonly DatabaseOptions _options;
    private readonly string _walDirectory;
    private readonly string _chunksDirectory;

    private HeadStart(DatabaseOptions options, long minValidMs)
    {
        _options = options;
        _walDirectory = Path.Combine(options.Directory, "wal");
        _chunksDirectory = Path.Combine(options.Directory, "chunks_head");
        Head = new TsdbHead(options);
        Head.Times.SetMinValid(minValidMs);
        TakeBack(_chunksDirectory, options.Disk);
        Files = HeadChunkFiles.Open(_chunksDirectory, options.Disk);
        Saver = new HeadChunkSaver(Head, Files);
    }

    /// <summary>The head, ready for appends.</summary>
    public TsdbHead Head { get; }

    /// <summary>Its chunk files.</summary>
    public HeadChunkFiles Files { get; }

    /// <summary>Who writes to them.</summary>
    public HeadChunkSaver Saver { get; }

    /// <summary>Starts a head.</summary>
    /// <param name="options">Where it is, and how.</param>
    /// <param name="minValidMs">Samples before this Unix millisecond are in blocks.</param>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static HeadStart Run(DatabaseOptions options, long minValidMs)
    {
        var start = new HeadStart(options, minValidMs);
        try
        {
            if (start.TryRun(options.MemorySnapshotOnShutdown)) return start;
            start.Dispose();
            start = new HeadStart(options, minValidMs);
            start.Head.Counters.SnapshotErrors = 1;
            start.TryRun(usesSnapshot: false);
            return start;
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>Frees everything of a start that went wrong.</summary>
    public void Dispose()
    {
        Saver.Dispose();
        Files.Dispose();
        Head.Dispose();
    }

    /// <summary>Does everything in order.</summary>
    /// <returns>False when a snapshot turned out to be useless: then nothing of this start can be used.</returns>
    private bool TryRun(bool usesSnapshot)
    {
        var started = _options.Clock.GetTimestamp();
        SegmentDirectory.DeleteTemporaryCheckpoints(_walDirectory, _options.Disk);
        using var late = new LateStart(Head, Files, _options);
        var loaded = LoadFiles(late.Replay);
        using (var replay = new HeadReplay(Head, _options, loaded, late.Replay, Saver.SaveAll))
        {
            var snapshot = usesSnapshot && Files.CorruptionCount == 0 ? NewestSnapshot() : null;
            if (snapshot is { } end && replay.ReadSnapshot(SnapshotDirectory.PathOf(_options.Directory, end)) is { } problem)
            {
                _options.Log($"Failed to load chunk snapshot err=\"{problem}\"");
                return false;
            }
            // The log alone may know series by other references than a snapshot. What is logged from here on uses the log's.
            if (snapshot is null) SnapshotDirectory.DeleteAll(_options.Directory, _options.Disk);
            replay.RunAndRepair(_walDirectory, snapshot);
            replay.Finish(Files);
            _options.ReplayProgress(new ReplayProgress(ReplayPhase.Wbl, 0, 1));
            late.ReadLog(replay.IndexOf);
        }
        Saver.SaveAll();
        // What is in the head now is told to be stored when it is sent again: then it must be.
        if (_options.WalFsync != WalFsync.Segment)
        {
            SegmentDirectory.Sync(_walDirectory, _options.Disk);
            Files.SyncLoaded();
        }
        var compression = _options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
        var writer = new SegmentWriter(_walDirectory, _options.WalSegmentSizeBytes, compression, disk: _options.Disk,
            endsInBackground: _options.WalFsync != WalFsync.Commit);
        Head.Log = new HeadLog(writer, _options.WalFsync);
        late.OpenLog();
        Head.Counters.ReplayDurationMs = (long)_options.Clock.GetElapsedTime(started).TotalMilliseconds;
        _options.ReplayProgress(new ReplayProgress(ReplayPhase.Done, 0, 0));
        return true;
    }

    /// <summary>The snapshot to read; one of a log that is not there any more is none.</summary>
    private SnapshotPosition? NewestSnapshot()
    {
        if (SnapshotDirectory.List(_options.Directory) is not [.., var newest]) return null;
        var last = SegmentDirectory.ListNumbers(_walDirectory) is [.., var number] ? number : -1;
        if (last >= newest.Segment) return newest;
        _options.Log("Last WAL file is behind snapshot, removing snapshots");
        return null;
    }

    private LoadedChunks LoadFiles(LateReplay late)
    {
        _options.ReplayProgress(new ReplayProgress(ReplayPhase.ChunkFiles, 0, Files.FileCount));
        var loaded = new LoadedChunks(Head, late);
        var started = _options.Clock.GetTimestamp();
        Files.Load(loaded.Visit, loaded.Reset);
        Head.Counters.ChunkFileCorruptions = Files.CorruptionCount;
        foreach (var damage in Files.Problems) _options.Log($"Loading on-disk chunks went wrong: {damage}");
        foreach (var kept in Files.SetAside) _options.Log($"head chunk file kept as {kept}");
        var elapsed = _options.Clock.GetElapsedTime(started);
        _options.Log($"On-disk memory mappable chunks replay completed chunks={loaded.InOrderCount} duration={elapsed}");
        return loaded;
    }

    /// <summary>Versions before set the files aside while they read the log; where that was interrupted the originals are
    /// there.</summary>
    private static void TakeBack(string directory, IDisk disk)
    {
        var aside = directory + ".before";
        if (!Directory.Exists(aside)) return;
        disk.DeleteDirectory(directory);
        disk.Rename(aside, directory);
    }
}
