namespace Receiver.Telemetry;

/// <summary>Counts observations per upper bound.</summary>
public sealed class Histogram : MetricFamily<Histogram.Child>
{
    private readonly double[] _bounds;

    internal Histogram(string name, string help, double[] bounds, string[] labelNames)
        : base(name, help, labelNames)
    {
        for (var i = 1; i < bounds.Length; i++)
        {
            if (bounds[i] <= bounds[i - 1]) throw new ArgumentException($"BUG: bounds of {name} do not ascend", nameof(bounds));
        }
        _bounds = bounds;
        if (labelNames.Length == 0) _ = Unlabelled;
    }

    /// <summary>The client libraries' usual bounds: 5 ms to 10 s.</summary>
    public static IReadOnlyList<double> DefaultBuckets { get; } = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <inheritdoc/>
    public override MetricKind Kind => MetricKind.Histogram;

    /// <summary>Upper bounds, ascending, inclusive; the last bucket (+Inf) is not listed.</summary>
    public IReadOnlyList<double> Bounds => _bounds;

    /// <summary>Bounds start, start × factor, … (<paramref name="count"/> of them).</summary>
    public static double[] ExponentialBuckets(double start, double factor, int count)
    {
        var bounds = new double[count];
        for (var i = 0; i < count; i++, start *= factor) bounds[i] = start;
        return bounds;
    }

    /// <summary>Observes into the only series of a family without labels.</summary>
    public void Observe(double value) => Unlabelled.Observe(value);

    private protected override Child CreateChild() => new(_bounds);

    private protected override void WriteChild(MetricWriter writer, byte[] labels, Child child)
    {
        Span<long> counts = stackalloc long[_bounds.Length + 1];
        var sum = child.Read(counts);
        writer.WriteHistogram(this.Name, this.Help, labels, _bounds, counts, sum);
    }

    /// <summary>One series. <see cref="Observe"/> is safe for every thread, never waits and allocates nothing.</summary>
    public sealed class Child
    {
        private readonly double[] _bounds;
        private readonly long[] _counts;
        private double _sum;

        internal Child(double[] bounds) => (_bounds, _counts) = (bounds, new long[bounds.Length + 1]);

        /// <summary>Counts one observation.</summary>
        public void Observe(double value)
        {
            // Linear: families have at most 25 bounds and most values fall into the first few.
            var i = 0;
            while (i < _bounds.Length && value > _bounds[i]) i++;
            Interlocked.Increment(ref _counts[i]);
            AtomicDouble.Add(ref _sum, value);
        }

        /// <summary>Copies the counts per bucket (not cumulative) and returns the sum. The two may be an observation
        /// apart.</summary>
        internal double Read(Span<long> counts)
        {
            for (var i = 0; i < _counts.Length; i++) counts[i] = Volatile.Read(ref _counts[i]);
            return Volatile.Read(ref _sum);
        }
    }
}
