namespace ObjStore;

/// <summary>A histogram: how many observations fell into each of some fixed buckets. Thread-safe.</summary>
public sealed class Distribution
{
    private readonly double[] _bounds;
    private readonly long[] _counts;
    private readonly Lock _gate = new(); // Guards _counts and _sum, so that a reading is consistent.
    private double _sum;

    internal Distribution(double[] upperBounds)
    {
        _bounds = upperBounds;
        _counts = new long[upperBounds.Length + 1];
    }

    /// <summary>Inclusive upper bounds, ascending; what exceeds the last is counted in one more bucket.</summary>
    public IReadOnlyList<double> UpperBounds => _bounds;

    /// <summary>Copies the counts, not cumulative, the overflow bucket last.</summary>
    /// <param name="counts">Room for one more than there are bounds.</param>
    /// <returns>Sum of all observations.</returns>
    public double Read(Span<long> counts)
    {
        lock (_gate)
        {
            _counts.CopyTo(counts);
            return _sum;
        }
    }

    internal void Observe(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket]) bucket++;
        lock (_gate)
        {
            _counts[bucket]++;
            _sum += value;
        }
    }
}
