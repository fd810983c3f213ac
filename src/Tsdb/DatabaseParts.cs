using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Counters;
using Tsdb.Files;
using Tsdb.Head;
using Tsdb.Head.OutOfOrder;
using Tsdb.Head.Replay;
using Tsdb.Head.Snapshots;

namespace Tsdb;

/// <summary>What an open database consists of, and the order in which it comes up and goes down.</summary>
internal sealed class DatabaseParts : IDisposable
{
    private readonly DatabaseOptions _options;
    private readonly DirectoryLock? _lock;

    private DatabaseParts(DatabaseOptions options, DirectoryLock? directoryLock)
    {
        (_options, _lock) = (options, directoryLock);
        foreach (var leftover in BlockDirectory.DeleteLeftovers(options.Directory, options.Disk))
            options.Log($"removed leftover {leftover}");
        Blocks = new BlockSet(options.Directory, options.Disk, Work, options.Log);
        Blocks.Reload();
        var start = HeadStart.Run(options, Blocks.EndInOrder(options.MaxBlockDurationMs));
        (Head, Files, Saver) = (start.Head, start.Files, start.Saver);
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
            Files.Dispose();
            Head.CloseLogs();
            if (_options.MemorySnapshotOnShutdown) WriteSnapshot();
        }
        finally
        {
            Saver.Dispose();
            try
            {
                Files.Dispose();
            }
            finally
            {
                try
                {
                    Head.Dispose();
                }
                finally
                {
                    Blocks.Dispose();
                    _lock?.Dispose();
                }
            }
        }
    }

    /// <summary>Without one the next start reads the log, so a disk that refuses is only told.</summary>
    private void WriteSnapshot()
    {
        try
        {
            using var snapshot = new SnapshotWriter(Head);
            snapshot.Write(_options, Head.Log.End);
        }
        catch (IOException e)
        {
            _options.Log($"memory snapshot was not written: {e.Message}");
        }
    }
}
