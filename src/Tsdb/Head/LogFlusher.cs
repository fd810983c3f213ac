namespace Tsdb.Head;

/// <summary>Flushes the logs of a head to the device every <see cref="DatabaseOptions.WalFsyncInterval"/>, whatever else goes
/// on.</summary>
/// <remarks>Owns a timer; does nothing with another <see cref="WalFsync"/>. A flush that fails is told to the log and tried again
/// a period later; appends fail until a new segment is safe.</remarks>
internal sealed class LogFlusher : IDisposable
{
    private readonly TsdbHead _head;
    private readonly DatabaseOptions _options;
    private readonly Lock _flushing = new(); // One flush at a time, and none after disposal.
    private readonly ITimer? _timer;
    private bool _isClosed;

    /// <summary>Begins to flush when the options want it.</summary>
    public LogFlusher(TsdbHead head, DatabaseOptions options)
    {
        (_head, _options) = (head, options);
        if (options.WalFsync != WalFsync.Interval) return;
        _timer = options.Clock.CreateTimer(_ => Flush(), null, options.WalFsyncInterval, options.WalFsyncInterval);
    }

    /// <summary>Ends; a flush at work is waited for.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_flushing) _isClosed = true;
    }

    private void Flush()
    {
        if (!_flushing.TryEnter()) return; // The flush before is still at work.
        try
        {
            if (_isClosed) return;
            _head.Log.Sync();
            _head.Late.Writer?.Log?.Sync();
        }
        catch (IOException e)
        {
            _options.Log($"flush of the log of {_options.Directory}: {e.Message}");
        }
        finally
        {
            _flushing.Exit();
        }
    }
}
