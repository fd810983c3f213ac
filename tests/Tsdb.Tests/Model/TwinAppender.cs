using Tsdb.Head;
using Tsdb.Head.Exemplars;

namespace Tsdb.Tests.Model;

/// <summary>A request on the twin, with the limits it captured when it began.</summary>
internal sealed class TwinAppender(Twin twin, long nowMs)
{
    private readonly List<(int Series, long T, ModelValue Value)> _accepted = [];
    private readonly List<(int Series, Exemplar Exemplar)> _examples = [];
    private readonly bool _isFirst = twin.Min == long.MaxValue;
    private long _highestMs = twin.HighestAt(nowMs);
    private long _lowestMs = twin.Lowest;
    private long _lowestLateMs = twin.LowestLate;
    private bool _hasAppended;

    /// <summary>A call that appends samples begins: the first of all sets the head's bounds, and the limits of its
    /// request.</summary>
    /// <param name="t">Time of the first sample.</param>
    /// <param name="nowMs">The clock's.</param>
    public void Initialise(long t, long nowMs)
    {
        if (!_isFirst || _hasAppended || t > _highestMs) return;
        _hasAppended = true;
        twin.Initialise(t);
        _highestMs = twin.HighestAt(nowMs);
        (_lowestMs, _lowestLateMs) = (twin.Lowest, twin.LowestLate);
    }

    /// <summary>Decides about a sample.</summary>
    public AppendResult Append(int series, long t, ModelValue value, bool isInvalid)
    {
        var result = Decide(series, t, value, isInvalid);
        if (result == AppendResult.Appended) _accepted.Add((series, t, value));
        return result;
    }

    /// <summary>Decides about an exemplar.</summary>
    public ExemplarResult Append(int series, bool isKnown, Exemplar exemplar)
    {
        var result = twin.Exemplars.Decide(series, isKnown, exemplar);
        if (result == ExemplarResult.Appended) _examples.Add((series, exemplar));
        return result;
    }

    /// <summary>Stores what was accepted, in order.</summary>
    /// <returns>How many of them are not kept.</returns>
    public int Commit()
    {
        var dropped = 0;
        foreach (var (series, t, value) in _accepted)
        {
            if (!twin.Store(series, t, value, _lowestMs, _lowestLateMs)) dropped++;
        }
        _accepted.Clear();
        foreach (var (series, exemplar) in _examples) twin.Exemplars.Commit(series, exemplar);
        _examples.Clear();
        return dropped;
    }

    private AppendResult Decide(int series, long t, ModelValue value, bool isInvalid)
    {
        if (t > _highestMs) return AppendResult.TooFarAhead;
        if (t < _lowestMs && !twin.KeepsLate) return AppendResult.OutOfBounds;
        if (isInvalid) return AppendResult.InvalidHistogram;
        if (t < _lowestMs) return DecideLate(t, AppendResult.OutOfBounds);
        if (twin.Last(series) is not { } last || t > last.T) return AppendResult.Appended;
        if (t < last.T) return DecideLate(t, AppendResult.OutOfOrder);
        return last.Value.Repeats(value) ? AppendResult.Duplicate : AppendResult.DuplicateConflict;
    }

    private AppendResult DecideLate(long t, AppendResult reason) =>
        !twin.KeepsLate ? reason : t >= _lowestLateMs ? AppendResult.Appended : AppendResult.TooOld;
}
