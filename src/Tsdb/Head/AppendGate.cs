namespace Tsdb.Head;

/// <summary>Lets any number of requests pass, and now and then one collector that needs a moment without them.</summary>
/// <remarks>Requests hold it from find to commit (microseconds to milliseconds); the collector for one batch of series at a time.
/// No thread affinity, no allocation.</remarks>
internal sealed class AppendGate
{
    private readonly Lock _exclusive = new(); // One collector at a time.
    private int _inside;
    private bool _closed;

    /// <summary>Requests inside.</summary>
    public int InsideCount => Volatile.Read(ref _inside);

    /// <summary>Waits while a collector works, then counts the request in.</summary>
    public void Enter()
    {
        var spin = new SpinWait();
        while (true)
        {
            Interlocked.Increment(ref _inside);
            if (!Volatile.Read(ref _closed)) return;
            Interlocked.Decrement(ref _inside);
            spin.SpinOnce();
        }
    }

    /// <summary>Counts the request out.</summary>
    public void Leave() => Interlocked.Decrement(ref _inside);

    /// <summary>Runs <paramref name="work"/> while no request is inside.</summary>
    public void RunAlone(Action work)
    {
        lock (_exclusive)
        {
            Interlocked.Exchange(ref _closed, true);
            try
            {
                var spin = new SpinWait();
                while (Volatile.Read(ref _inside) > 0) spin.SpinOnce();
                work();
            }
            finally
            {
                Volatile.Write(ref _closed, false);
            }
        }
    }
}
