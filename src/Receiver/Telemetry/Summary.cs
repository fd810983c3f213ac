namespace Receiver.Telemetry;

/// <summary>Quantiles of what was observed lately, and count and sum since the start.</summary>
/// <remarks>
/// The window is the newest 1024 observations that are at most ten minutes old (upstream's age). Within it quantiles are exact: a
/// stream sketch would hold about as many numbers at the rates summaries are used for here (flushes, truncations, refused
/// requests).
/// </remarks>
public sealed class Summary : MetricFamily<Summary.Child>
{
    private const int WindowCount = 1024; // A power of two, so that the slot is a mask away.
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(10);
    private readonly double[] _quantiles;
    private readonly TimeProvider _clock;

    internal Summary(string name, string help, double[] quantiles, TimeProvider clock, string[] labelNames)
        : base(name, help, labelNames)
    {
        (_quantiles, _clock) = (quantiles, clock);
        if (labelNames.Length == 0) _ = Unlabelled;
    }

    /// <inheritdoc/>
    public override MetricKind Kind => MetricKind.Summary;

    /// <summary>Observes into the only series of a family without labels.</summary>
    public void Observe(double value) => Unlabelled.Observe(value);

    private protected override Child CreateChild() => new(_clock);

    private protected override void WriteChild(MetricWriter writer, byte[] labels, Child child)
    {
        Span<double> values = stackalloc double[_quantiles.Length];
        child.Quantiles(_quantiles, values);
        writer.WriteSummary(this.Name, this.Help, labels, _quantiles, values, child.Count, child.Sum);
    }

    /// <summary>One series. <see cref="Observe"/> is safe for every thread, never waits and allocates nothing.</summary>
    public sealed class Child
    {
        private readonly TimeProvider _clock;
        private readonly double[] _values = new double[WindowCount];
        private readonly long[] _times = new long[WindowCount];
        private long _count;
        private double _sum;

        internal Child(TimeProvider clock) => _clock = clock;

        /// <summary>Observations since the start.</summary>
        public long Count => Volatile.Read(ref _count);

        /// <summary>Their sum.</summary>
        public double Sum => Volatile.Read(ref _sum);

        /// <summary>Counts one observation. Two at the same instant may swap their ages, which nobody can see.</summary>
        public void Observe(double value)
        {
            var slot = (int)((Interlocked.Increment(ref _count) - 1) & (WindowCount - 1));
            Volatile.Write(ref _values[slot], value);
            Volatile.Write(ref _times[slot], _clock.GetTimestamp());
            AtomicDouble.Add(ref _sum, value);
        }

        /// <summary>The value at each rank (0 to 1) of the window; NaN while the window is empty.</summary>
        internal void Quantiles(ReadOnlySpan<double> ranks, Span<double> values)
        {
            var window = new double[(int)Math.Min(Count, WindowCount)];
            var (kept, now) = (0, _clock.GetTimestamp());
            for (var i = 0; i < window.Length; i++)
            {
                if (_clock.GetElapsedTime(Volatile.Read(ref _times[i]), now) <= AgeMax)
                    window[kept++] = Volatile.Read(ref _values[i]);
            }
            Array.Sort(window, 0, kept);
            for (var i = 0; i < ranks.Length; i++)
                values[i] = kept == 0 ? double.NaN : window[Math.Clamp((int)Math.Ceiling(ranks[i] * kept) - 1, 0, kept - 1)];
        }
    }
}
