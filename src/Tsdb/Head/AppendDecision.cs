using Tsdb.Chunks;

namespace Tsdb.Head;

/// <summary>The limits a request captured when it began; they do not move under it.</summary>
/// <param name="MinValidTimeMs">In-order samples below are out of bounds.</param>
/// <param name="FutureLimitMs">Samples above are too far ahead; <see cref="long.MaxValue"/> when there is no limit.</param>
/// <param name="LateMinTimeMs">Samples that are not in order are kept from here on; <see cref="long.MaxValue"/> when they are
/// not kept at all.</param>
/// <param name="HeadMaxTimeMs">The head's newest sample; <see cref="long.MinValue"/> while there was none.</param>
internal readonly record struct AppendLimits(
    long MinValidTimeMs, long FutureLimitMs, long LateMinTimeMs = long.MaxValue, long HeadMaxTimeMs = long.MinValue)
{
    /// <summary>Whether samples that are not in order may be kept.</summary>
    public bool KeepsLate => LateMinTimeMs != long.MaxValue;
}

/// <summary>Decides about one sample from the state of its series. Pure; one table test covers every boundary.</summary>
/// <remarks>Source: docs/formats/head.md, the order of checks is upstream's.</remarks>
internal static class AppendDecision
{
    /// <summary>What becomes of a float at <paramref name="t"/> on a series whose newest sample is (<paramref name="lastT"/>,
    /// <paramref name="lastBits"/>).</summary>
    public static AppendResult Decide(long lastT, ulong lastBits, long t, ulong bits, in AppendLimits limits)
    {
        if (t > limits.FutureLimitMs) return AppendResult.TooFarAhead;
        if (t < limits.MinValidTimeMs) return DecideLate(t, in limits, AppendResult.OutOfBounds);
        if (t > lastT) return AppendResult.Appended;
        if (t < lastT) return DecideLate(t, in limits, AppendResult.OutOfOrder);
        // A series without samples has the lowest time there is, so at that very time nothing can be stored.
        if (lastT == long.MinValue) return AppendResult.OutOfBounds;
        return bits == lastBits ? AppendResult.Duplicate : AppendResult.DuplicateConflict;
    }

    /// <summary>What becomes of a native histogram at <paramref name="t"/>.</summary>
    /// <param name="lastT">Newest time of the series.</param>
    /// <param name="last">The newest sample; null when it is a float or there is none.</param>
    /// <param name="t">Its time.</param>
    /// <param name="sample">The histogram; only asked about its validity when it is in bounds, as upstream does.</param>
    /// <param name="limits">The request's limits.</param>
    /// <param name="fault">Why it is invalid.</param>
    public static AppendResult Decide(
        long lastT, HistogramSample? last, long t, HistogramSample sample, in AppendLimits limits, out string? fault)
    {
        fault = null;
        if (t > limits.FutureLimitMs) return AppendResult.TooFarAhead;
        if (t < limits.MinValidTimeMs && !limits.KeepsLate) return AppendResult.OutOfBounds;
        fault = HistogramValidity.Fault(sample);
        if (fault is not null) return AppendResult.InvalidHistogram;
        if (t < limits.MinValidTimeMs) return DecideLate(t, in limits, AppendResult.OutOfBounds);
        if (t > lastT) return AppendResult.Appended;
        if (t == long.MinValue) return AppendResult.OutOfBounds; // As for a float.
        if (t < lastT) return DecideLate(t, in limits, AppendResult.OutOfOrder);
        var isSame = last is not null && HistogramEquality.AreEqual(last, sample);
        return isSame ? AppendResult.Duplicate : AppendResult.DuplicateConflict;
    }

    /// <summary>What becomes of a sample that cannot be in order, for the reason given.</summary>
    private static AppendResult DecideLate(long t, in AppendLimits limits, AppendResult reason) =>
        !limits.KeepsLate ? reason
            : t >= limits.LateMinTimeMs && t != long.MinValue ? AppendResult.Appended : AppendResult.TooOld;
}
