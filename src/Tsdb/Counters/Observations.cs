namespace Tsdb.Counters;

/// <summary>Counts observations per upper bound, for whoever exports them as a histogram.</summary>
/// <remarks>Safe for every thread; never waits, allocates nothing.</remarks>
public sealed class Observations
{
    private readonly double[] _bounds;
    private readonly long[] _counts;
    private long _sumBits;

    /// <summary>Nothing observed yet.</summary>
    /// <param name="bounds">Upper bounds, ascending, inclusive; what is above the last one is counted too.</param>
    public Observations(params double[] bounds) => (_bounds, _counts) = (bounds, new long[bounds.Length + 1]);

    /// <summary>Upper bounds, ascending, inclusive, without +Inf.</summary>
    public ReadOnlySpan<double> Bounds => _bounds;

    /// <summary>Observations per bound, not cumulative; one more than bounds.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Sum of all observations.</summary>
    public double Sum => BitConverter.Int64BitsToDouble(Interlocked.Read(ref _sumBits));

    /// <summary>Bounds that grow by a factor.</summary>
    /// <param name="start">The first.</param>
    /// <param name="factor">Each is so many times the one before.</param>
    /// <param name="count">How many.</param>
    public static Observations Exponential(double start, double factor, int count)
    {
        var bounds = new double[count];
        for (var i = 0; i < count; i++, start *= factor) bounds[i] = start;
        return new Observations(bounds);
    }

    /// <summary>Counts one observation.</summary>
    public void Observe(double value)
    {
        var i = 0;
        while (i < _bounds.Length && value > _bounds[i]) i++;
        Interlocked.Increment(ref _counts[i]);
        for (var seen = Interlocked.Read(ref _sumBits); ;)
        {
            var sum = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(seen) + value);
            var before = Interlocked.CompareExchange(ref _sumBits, sum, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
