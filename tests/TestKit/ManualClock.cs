namespace TestKit;

/// <summary>
/// A clock that a test moves: time stands still until <see cref="Advance"/>, which fires the timers that fall due, in order.
/// </summary>
/// <remarks>
/// Thread-safe. <see cref="UntilTimersAsync"/> replaces sleeping: it ends when the code under test waits for the clock.
/// A callback runs on the thread that advances, so what it releases synchronously has happened when <see cref="Advance"/>
/// returns.
/// </remarks>
public sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new(); // Guards everything below; no callback runs under it.
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _now = start;
    private TimeSpan _jumped;

    /// <summary>Starts at a round moment, 2026-01-02T00:00:00Z.</summary>
    public ManualClock() : this(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that wait for the clock at this moment.</summary>
    public int ArmedTimers
    {
        get { lock (_gate) return _armed.Count; }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now + _jumped;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate) return _now.UtcTicks;
    }

    /// <summary>Sets the time of day forward or back, as an administrator does: no time passes, no timer fires.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate) _jumped += by;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends when at least so many timers are armed.</summary>
    public Task UntilTimersAsync(int count)
    {
        lock (_gate)
        {
            if (_armed.Count >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    /// <summary>Moves time forward, stopping at each due timer on the way to fire it.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(by.Ticks, nameof(by));
        DateTimeOffset end;
        lock (_gate) end = _now + by;
        while (TakeDue(end) is { } timer) timer.Fire();
    }

    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            ManualTimer? first = null;
            foreach (var timer in _armed)
            {
                if (timer.Due <= end && (first is null || timer.Due < first.Due)) first = timer;
            }
            if (first is null)
            {
                _now = end;
                return null;
            }
            if (first.Due > _now) _now = first.Due;
            if (first.Period > TimeSpan.Zero) first.Due += first.Period;
            else _armed.Remove(first);
            return first;
        }
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            (timer.Due, timer.Period) = (_now + dueTime, period);
            _armed.Add(timer);
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_armed.Count < _waiters[i].Count) continue;
                _waiters[i].Reached.SetResult();
                _waiters.RemoveAt(i);
            }
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _disposed;

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public void Fire()
        {
            if (!_disposed) callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed) return false;
            clock.Arm(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            clock.Arm(this, Timeout.InfiniteTimeSpan, default);
            _disposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
