using System.Diagnostics;

namespace Tsdb.Counters;

/// <summary>Counts and sums durations and keeps the newest ones, for whoever exports them as a summary.</summary>
/// <remarks>Safe for every thread; allocates only when quantiles are asked for.</remarks>
public sealed class Durations
{
    private const int NewestCount = 512; // At one a second more than the eight minutes that matter to a person who looks.
    private readonly double[] _newest = new double[NewestCount];
    private readonly Lock _gate = new(); // Guards all; taken once a flush or a truncation.
    private long _count;
    private double _seconds;

    /// <summary>How many were observed.</summary>
    public long Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Their sum, seconds.</summary>
    public double Seconds
    {
        get
        {
            lock (_gate) return _seconds;
        }
    }

    /// <summary>Counts one that began at <paramref name="startedAt"/> (<see cref="Stopwatch.GetTimestamp"/>) and ends
    /// now.</summary>
    public void DoneSince(long startedAt)
    {
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        lock (_gate)
        {
            _newest[_count++ % NewestCount] = seconds;
            _seconds += seconds;
        }
    }

    /// <summary>The duration at each rank among the newest 512, seconds; NaN before the first.</summary>
    /// <param name="ranks">0 to 1.</param>
    /// <param name="values">As many as ranks.</param>
    public void Quantiles(ReadOnlySpan<double> ranks, Span<double> values)
    {
        double[] newest;
        lock (_gate) newest = _newest[..(int)Math.Min(_count, NewestCount)];
        Array.Sort(newest);
        for (var i = 0; i < ranks.Length; i++)
        {
            var at = Math.Clamp((int)Math.Ceiling(ranks[i] * newest.Length) - 1, 0, Math.Max(0, newest.Length - 1));
            values[i] = newest.Length == 0 ? double.NaN : newest[at];
        }
    }
}
