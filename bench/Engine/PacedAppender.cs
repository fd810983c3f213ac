using System.Diagnostics;

namespace Engine;

/// <summary>A thread that sends requests at an even pace and notes how long each took.</summary>
/// <remarks>
/// Two figures a request, in milliseconds without the time in which the thread was ready and had no processor: what the
/// engine took, and how long after it was due it was done, so that a stall counts for every request it delays.
/// </remarks>
internal sealed class PacedAppender(Filler filler, Workload workload, int firstRound, double periodSeconds)
    : IDisposable
{
    /// <summary>A pause of less is not worth a system call.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new(); // Guards the list.
    private readonly ManualResetEventSlim _stop = new();
    private List<(double ServiceMs, double LateMs)> _latencies = [];
    private Thread? _thread;
    private volatile Exception? _failure;

    public void Start()
    {
        _thread = new Thread(Guard);
        _thread.Start();
    }

    /// <summary>Stops sending.</summary>
    /// <exception cref="InvalidOperationException">A request failed.</exception>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _stop.Dispose();
        if (_failure is not null) throw new InvalidOperationException("a request failed", _failure);
    }

    /// <summary>What was noted since the last call.</summary>
    public List<(double ServiceMs, double LateMs)> TakeLatencies()
    {
        lock (_lock)
        {
            var taken = _latencies;
            _latencies = [];
            return taken;
        }
    }

    private void Guard()
    {
        try
        {
            Run();
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Run()
    {
        using var queue = new RunQueue();
        var start = Stopwatch.GetTimestamp();
        var done = 0.0; // When the request before would have been done, had the pace been kept to the nanosecond.
        for (long request = 0; !_stop.IsSet; request++)
        {
            var due = request * periodSeconds;
            while (Elapsed(start) < due)
            {
                var pause = TimeSpan.FromSeconds(due - Elapsed(start));
                if (_stop.Wait(pause < ShortestPause ? ShortestPause : pause)) return;
            }
            var items = workload.Make((int)(request % workload.Batches), firstRound + (int)(request / workload.Batches));
            var (began, waited) = (Elapsed(start), queue.WaitedSeconds);
            filler.Append(items);
            var service = Elapsed(start) - began - (queue.WaitedSeconds - waited);
            done = Math.Max(due, done) + service;
            lock (_lock) _latencies.Add((1000 * service, 1000 * (done - due)));
        }
    }

    private static double Elapsed(long start) => Stopwatch.GetElapsedTime(start).TotalSeconds;
}
