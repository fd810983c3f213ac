using System.Collections.Concurrent;

namespace Tsdb.Head;

/// <summary>Appenders of one head, reused so that a request allocates nothing.</summary>
internal sealed class AppenderPool(TsdbHead head) : IDisposable
{
    /// <summary>More than any number of requests that a few cores work on at once; the rest is thrown away.</summary>
    private const int KeptMax = 32;

    private readonly ConcurrentStack<HeadAppender> _idle = [];
    private volatile bool _isClosed;

    /// <summary>An appender that has begun a request.</summary>
    public HeadAppender Take()
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(Database));
        if (!_idle.TryPop(out var appender)) appender = new HeadAppender(head) { Returned = Return };
        appender.Begin();
        return appender;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        while (_idle.TryPop(out var appender)) appender.Release();
    }

    private void Return(HeadAppender appender)
    {
        if (_isClosed || _idle.Count >= KeptMax) appender.Release();
        else _idle.Push(appender);
    }
}
