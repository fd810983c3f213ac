using Tsdb.Labels;

namespace Tsdb.Head.Exemplars;

/// <summary>An example of what a sample counted.</summary>
/// <param name="Labels">Its own labels, in the order they came.</param>
/// <param name="ValueBits">The value's bits.</param>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="HasTimestamp">Whether its sender gave the time; the log does not keep this.</param>
public readonly record struct Exemplar(LabelSet Labels, ulong ValueBits, long TimestampMs, bool HasTimestamp)
{
    /// <summary>The value.</summary>
    public double Value => BitConverter.UInt64BitsToDouble(ValueBits);
}

/// <summary>Exemplars of one series, ascending in time.</summary>
/// <param name="Labels">Labels of the series.</param>
/// <param name="Exemplars">At least one.</param>
public sealed record SeriesExemplars(LabelSet Labels, IReadOnlyList<Exemplar> Exemplars);
