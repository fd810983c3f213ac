namespace Tsdb.Head;

/// <summary>Appenders of one head, reused so that a request allocates nothing.</summary>
internal sealed class AppenderPool(TsdbHead head) : IDisposable
{
    /// <summary>More than any number of requests that a few cores work on at once; the rest is thrown away.</summary>
    private const int KeptMax = 32;

    private readonly Lock _lock = new(); // Guards what follows.
    private readonly HeadAppender?[] _idle = new HeadAppender?[KeptMax];
    private int _idleCount;
    private bool _isClosed;

    /// <summary>An appender that has begun a request.</summary>
    public HeadAppender Take()
    {
        HeadAppender? appender = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(Database));
            if (_idleCount > 0) appender = _idle[--_idleCount];
        }
        appender ??= new HeadAppender(head) { Returned = Return };
        appender.Begin();
        return appender;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            while (_idleCount > 0) _idle[--_idleCount]!.Release();
        }
    }

    private void Return(HeadAppender appender)
    {
        lock (_lock)
        {
            if (_isClosed || _idleCount == KeptMax) appender.Release();
            else _idle[_idleCount++] = appender;
        }
    }
}
