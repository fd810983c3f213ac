using Tsdb.Chunks;
using Tsdb.Wal;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Brings the out-of-order part of a head up: chunks, log, writer.</summary>
internal sealed class LateStart : IDisposable
{
    private readonly TsdbHead _head;
    private readonly DatabaseOptions _options;
    private readonly LateWriter _writer;
    private readonly string _logDirectory;
    private readonly bool _isUsed;

    /// <summary>Begins; nothing is read yet.</summary>
    public LateStart(TsdbHead head, HeadChunkFiles files, DatabaseOptions options)
    {
        (_head, _options) = (head, options);
        _writer = new LateWriter(head, files, options.OutOfOrderCapMax);
        _logDirectory = Path.Combine(options.Directory, "wbl");
        _isUsed = options.OutOfOrderWindowMs > 0 || SegmentDirectory.SizeBytes(_logDirectory) > 0;
        Replay = new LateReplay(head, options, files, _writer) { IsUsed = _isUsed };
    }

    /// <summary>Gets the chunks and, for each series record, its series.</summary>
    public LateReplay Replay { get; }

    /// <summary>Replays the log.</summary>
    /// <param name="indexOf">The series that a reference means, or <see cref="AppendItem.NoSeries"/>.</param>
    public void ReadLog(Func<ulong, uint> indexOf) => Replay.ReadLog(_logDirectory, indexOf);

    /// <summary>Closes what was not handed to the head.</summary>
    public void Dispose()
    {
        if (_head.Late.Writer is null) _writer.Dispose();
    }

    /// <summary>Opens the log for writing, if such samples are accepted or it has any; else only a deletion does.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public void OpenLog()
    {
        if (_isUsed) _writer.Log = NewLog();
        else _writer.NewLog = NewLog;
        if (_isUsed || !_head.Late.IsEmpty) _head.Late.Writer = _writer;
    }

    private HeadLog NewLog()
    {
        // As with the other log: what is told to be stored when it is sent again must be.
        if (_options.WalFsync != WalFsync.Segment) SegmentDirectory.Sync(_logDirectory, _options.Disk);
        var compression = _options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
        var segments = new SegmentWriter(
            _logDirectory, _options.WalSegmentSizeBytes, compression, disk: _options.Disk,
            endsInBackground: _options.WalFsync != WalFsync.Commit);
        return new HeadLog(segments, _options.WalFsync);
    }
}
