using Tsdb.Head;

namespace Tsdb.Tests.Head;

/// <summary>Every boundary of the decision about one sample.</summary>
public class AppendDecisionTests
{
    private const ulong Seven = 0x401C000000000000;
    private const ulong Eight = 0x4020000000000000;
    private const ulong Stale = 0x7ff0000000000002;
    private const ulong Nan = 0x7ff8000000000001;

    [Theory]
    // A series without samples takes anything from the lower limit on, but the lowest time stands for "none".
    [InlineData(long.MinValue, 0UL, 1000L, Seven, 1000L, long.MaxValue, AppendResult.Appended)]
    [InlineData(long.MinValue, 0UL, 999L, Seven, 1000L, long.MaxValue, AppendResult.OutOfBounds)]
    [InlineData(long.MinValue, 0UL, long.MinValue, Seven, long.MinValue, long.MaxValue, AppendResult.OutOfBounds)]
    [InlineData(long.MinValue, 0UL, long.MaxValue, Seven, long.MinValue, long.MaxValue, AppendResult.Appended)]
    // Newer, equal and older than the newest sample.
    [InlineData(1000L, Seven, 1001L, Eight, 0L, long.MaxValue, AppendResult.Appended)]
    [InlineData(1000L, Seven, 1000L, Seven, 0L, long.MaxValue, AppendResult.Duplicate)]
    [InlineData(1000L, Seven, 1000L, Eight, 0L, long.MaxValue, AppendResult.DuplicateConflict)]
    [InlineData(1000L, Seven, 999L, Seven, 0L, long.MaxValue, AppendResult.OutOfOrder)]
    // Values are compared by their bits: a NaN equals itself and no other NaN; zeros of different sign differ.
    [InlineData(1000L, Stale, 1000L, Stale, 0L, long.MaxValue, AppendResult.Duplicate)]
    [InlineData(1000L, Stale, 1000L, Nan, 0L, long.MaxValue, AppendResult.DuplicateConflict)]
    [InlineData(1000L, 0x8000000000000000, 1000L, 0UL, 0L, long.MaxValue, AppendResult.DuplicateConflict)]
    // The lower limit wins over the order within the series.
    [InlineData(1000L, Seven, 1000L, Seven, 1001L, long.MaxValue, AppendResult.OutOfBounds)]
    [InlineData(1000L, Seven, 1000L, Seven, 1000L, long.MaxValue, AppendResult.Duplicate)]
    // The upper limit is inclusive.
    [InlineData(1000L, Seven, 2000L, Seven, 0L, 2000L, AppendResult.Appended)]
    [InlineData(1000L, Seven, 2001L, Seven, 0L, 2000L, AppendResult.TooFarAhead)]
    public void Decide_AtEveryBoundary_IsUpstreams(
        long lastT, ulong lastBits, long t, ulong bits, long minValid, long future, AppendResult expected) =>
        Assert.Equal(expected, AppendDecision.Decide(lastT, lastBits, t, bits, new AppendLimits(minValid, future)));
}
