using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>An index that can look at one label of given series cheaply, and knows how much there is to look at
/// otherwise.</summary>
internal interface ILabelFilter : IPostingsSource
{
    /// <summary>Entries and values that finding all series of a matcher would touch, roughly.</summary>
    long Estimate(Matcher matcher);

    /// <summary>Those of the series that satisfy a matcher, in the order given; what has no such label has the empty
    /// value.</summary>
    uint[] Keep(ReadOnlySpan<uint> series, Matcher matcher);
}
