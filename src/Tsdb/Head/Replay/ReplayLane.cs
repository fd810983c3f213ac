namespace Tsdb.Head.Replay;

/// <summary>Work that a lane hands to its worker, filled and emptied again and again.</summary>
internal interface IReplayBatch
{
    /// <summary>What is in it.</summary>
    int Count { get; }

    /// <summary>Empties it.</summary>
    void Clear();
}

/// <summary>A worker of the replay with the batches that go round between it and the dispatcher.</summary>
/// <remarks>The number of batches is fixed, so a worker that falls behind stops the reading and memory is bounded. A failure in
/// the
/// worker is thrown to the dispatcher at its next call.</remarks>
internal sealed class ReplayLane<TBatch> : IDisposable
    where TBatch : class, IReplayBatch, new()
{
    /// <summary>One is filled, one emptied, two wait: enough that neither side stops for the other's hiccups.</summary>
    private const int Batches = 4;

    private readonly object _gate = new(); // Guards everything below but _filling; waited on by both sides.
    private readonly Queue<TBatch> _full = new(Batches);
    private readonly Queue<TBatch> _free = new(Batches);
    private readonly Func<TBatch, int> _apply;
    private readonly Thread _thread;
    private TBatch _filling = new();
    private Exception? _failure;
    private int _cuts;
    private bool _isBusy;
    private bool _isClosed;

    /// <summary>Starts the worker.</summary>
    /// <param name="apply">Run on the worker for each batch; gives the number of chunks begun.</param>
    /// <param name="name">Of the thread.</param>
    public ReplayLane(Func<TBatch, int> apply, string name)
    {
        _apply = apply;
        for (var i = 1; i < Batches; i++) _free.Enqueue(new TBatch());
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The batch to fill; <see cref="Submit"/> it when it is full.</summary>
    public TBatch Filling => _filling;

    /// <summary>Hands the batch over; waits while the worker has too many.</summary>
    /// <returns>Chunks begun since the last call.</returns>
    public int Submit()
    {
        lock (_gate)
        {
            while (_free.Count == 0 && _failure is null) Monitor.Wait(_gate);
            ThrowIfFailed();
            _full.Enqueue(_filling);
            _filling = _free.Dequeue();
            Monitor.PulseAll(_gate);
            return TakeCuts();
        }
    }

    /// <summary>Waits until everything handed over is applied.</summary>
    /// <returns>As <see cref="Submit"/>.</returns>
    public int Drain()
    {
        if (_filling.Count > 0) Submit();
        lock (_gate)
        {
            while ((_full.Count > 0 || _isBusy) && _failure is null) Monitor.Wait(_gate);
            ThrowIfFailed();
            return TakeCuts();
        }
    }

    /// <summary>Stops the worker; what it has not begun is not applied.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
    }

    private void Run()
    {
        while (Next() is { } batch)
        {
            var cuts = 0;
            Exception? failure = null;
            try
            {
                cuts = _apply(batch);
            }
            catch (Exception e)
            {
                failure = e; // The dispatcher throws it on.
            }
            batch.Clear();
            lock (_gate)
            {
                _cuts += cuts;
                _failure ??= failure;
                _isBusy = false;
                _free.Enqueue(batch);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private TBatch? Next()
    {
        lock (_gate)
        {
            while (_full.Count == 0 && !_isClosed && _failure is null) Monitor.Wait(_gate);
            if (_isClosed || _failure is not null) return null;
            _isBusy = true;
            return _full.Dequeue();
        }
    }

    private int TakeCuts()
    {
        var cuts = _cuts;
        _cuts = 0;
        return cuts;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }
}
