namespace Tsdb.Tests.Model;

/// <summary>A clock whose time a run sets, and whose timers fire only when it says so.</summary>
internal sealed class StepClock : TimeProvider
{
    private readonly List<StepTimer> _timers = [];

    /// <summary>Unix milliseconds.</summary>
    public long NowMs { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    /// <inheritdoc/>
    public override long GetTimestamp() => NowMs;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StepTimer(this, callback, state);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Fires every timer once.</summary>
    public void Tick()
    {
        foreach (var timer in _timers.ToArray()) timer.Fire();
    }

    private sealed class StepTimer(StepClock clock, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
