namespace Receiver.Replication;

/// <summary>Whether a peer that was unavailable may be tried again.</summary>
/// <param name="max">Longest pause.</param>
/// <param name="clock">Where time comes from.</param>
/// <param name="seed">Seeds the jitter.</param>
/// <remarks>
/// The first pause is 100 ms; each further failure draws between that and 100 ms doubled as often as it failed before, up to the
/// longest. A success forgets everything. Any thread.
/// </remarks>
public sealed class Backoff(TimeSpan max, TimeProvider clock, int seed)
{
    private const double FirstMs = 100;
    private const int DoublingsMax = 30; // Beyond that the longest pause has long been reached.

    private readonly Lock _gate = new(); // Guards everything below.
    private readonly Random _random = new(seed);
    private long _failedAt;
    private TimeSpan _pause;
    private int _failures;

    /// <summary>What is left of the pause; zero when the peer may be tried.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (Volatile.Read(ref _failures) == 0) return TimeSpan.Zero;
            lock (_gate)
            {
                if (_failures == 0) return TimeSpan.Zero;
                var left = _pause - clock.GetElapsedTime(_failedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>A call ended in "unavailable".</summary>
    public void Failed()
    {
        lock (_gate)
        {
            var spreadMs = (FirstMs * Math.Pow(2, Math.Min(_failures, DoublingsMax))) - FirstMs;
            var pauseMs = FirstMs + (_random.NextDouble() * spreadMs);
            _pause = TimeSpan.FromMilliseconds(Math.Min(max.TotalMilliseconds, pauseMs));
            _failedAt = clock.GetTimestamp();
            _failures++;
        }
    }

    /// <summary>A call went well.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0) return;
        lock (_gate) _failures = 0;
    }
}
