using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Counters;
using Tsdb.Files;
using Tsdb.Head;
using Tsdb.Head.OutOfOrder;
using Tsdb.Wal;

namespace Tsdb;

/// <summary>What an open database consists of, and the order in which it comes up and goes down.</summary>
internal sealed class DatabaseParts : IDisposable
{
    private readonly DirectoryLock? _lock;

    private DatabaseParts(DatabaseOptions options, DirectoryLock? directoryLock)
    {
        _lock = directoryLock;
        foreach (var leftover in BlockDirectory.DeleteLeftovers(options.Directory, options.Disk))
            options.Log($"removed leftover {leftover}");
        Blocks = new BlockSet(options.Directory, options.Disk, Work, options.Log);
        Blocks.Reload();
        (Head, Files, Saver) = OpenHead(options, Blocks.InOrderMaxTimeMs);
        Truncation = new HeadTruncation(Head, Files, Work, options);
        Truncation.CollectAfterReplay();
        Late = new LateCompaction(Head, Files, Truncation, Work, options, Blocks.Reload);
    }

    /// <summary>What the work behind the appends did.</summary>
    public BackgroundWork Work { get; } = new();

    /// <summary>Whether a lock file of an execution before was there: it was not closed; null when there is no
    /// lock.</summary>
    public bool? WasLockLeftBehind => _lock?.WasLeftBehind;

    /// <summary>Blocks on disk.</summary>
    public BlockSet Blocks { get; }

    /// <summary>Recent samples.</summary>
    public TsdbHead Head { get; }

    /// <summary>Complete chunks of the head on disk.</summary>
    public HeadChunkFiles Files { get; }

    /// <summary>Who moves them there.</summary>
    public HeadChunkSaver Saver { get; }

    /// <summary>Who forgets what is in blocks.</summary>
    public HeadTruncation Truncation { get; }

    /// <summary>Who moves out-of-order samples into blocks.</summary>
    public LateCompaction Late { get; }

    /// <summary>Opens a directory, creating it when missing.</summary>
    public static DatabaseParts Open(DatabaseOptions options)
    {
        if (options.OutOfOrderCapMax is < 1 or > byte.MaxValue) throw new ArgumentException(
            $"OOOCapMax of {options.OutOfOrderCapMax} is invalid. must be > 0 and <= 255", nameof(options));
        options.Disk.Ensure(options.Directory);
        var directoryLock = options.LockFile ? new DirectoryLock(options.Directory) : null;
        try
        {
            if (directoryLock is { WasLeftBehind: true }) options.Log(
                "a lock file from a previous execution was there; it was replaced");
            return new DatabaseParts(options, directoryLock);
        }
        catch
        {
            directoryLock?.Dispose();
            throw;
        }
    }

    /// <summary>Saves what can be saved and closes everything, the lock last.</summary>
    public void Dispose()
    {
        try
        {
            Saver.SaveAll();
        }
        finally
        {
            Saver.Dispose();
            Files.Dispose();
            Head.Dispose();
            Blocks.Dispose();
            _lock?.Dispose();
        }
    }

    private static (TsdbHead Head, HeadChunkFiles Files, HeadChunkSaver Saver) OpenHead(DatabaseOptions options, long minValidMs)
    {
        var started = options.Clock.GetTimestamp();
        var walDirectory = Path.Combine(options.Directory, "wal");
        var chunksDirectory = Path.Combine(options.Directory, "chunks_head");
        if (Directory.Exists(walDirectory)) SegmentDirectory.DeleteTemporaryCheckpoints(walDirectory, options.Disk);
        var head = new TsdbHead(options);
        head.Times.SetMinValid(minValidMs);
        // The files are rebuilt while the log is read: it has every sample they have, but those that came out of order.
        var before = chunksDirectory + ".before";
        SetAside(chunksDirectory, before, options.Disk);
        var files = HeadChunkFiles.Open(chunksDirectory, options.Disk);
        var saver = new HeadChunkSaver(head, files);
        using var late = new LateStart(head, files, options);
        late.CopyChunks(before);
        using (var replay = new HeadReplay(head, options, late.Replay, saver.SaveAll))
        {
            replay.RunAndRepair(walDirectory);
            late.ReadLog(replay.IndexOf);
        }
        saver.SaveAll();
        files.Flush();
        options.Disk.DeleteDirectory(before);
        // What is in the head now is told to be stored when it is sent again: then it must be.
        if (options.WalFsync != WalFsync.Segment) SegmentDirectory.Sync(walDirectory, options.Disk);
        var compression = options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
        var writer = new SegmentWriter(walDirectory, options.WalSegmentSizeBytes, compression, disk: options.Disk,
            endsInBackground: options.WalFsync != WalFsync.Commit);
        head.Log = new HeadLog(writer, options.WalFsync);
        late.OpenLog();
        head.Counters.ReplayDurationMs = (long)options.Clock.GetElapsedTime(started).TotalMilliseconds;
        return (head, files, saver);
    }

    /// <summary>Moves a directory out of the way; one that an interrupted start moved there before is the original and
    /// stays.</summary>
    private static void SetAside(string directory, string aside, IDisk disk)
    {
        if (!Directory.Exists(directory)) return;
        if (Directory.Exists(aside)) disk.DeleteDirectory(directory);
        else disk.Rename(directory, aside);
    }
}
