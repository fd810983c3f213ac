using Tsdb.Head;

namespace Tsdb.Tests.Model;

/// <summary>A request on the twin, with the limits it captured when it began.</summary>
internal sealed class TwinAppender(Twin twin, long highestMs)
{
    private readonly List<(int Series, long T, ModelValue Value)> _accepted = [];
    private readonly bool _isFirst = twin.Min == long.MaxValue;
    private long _lowestMs = twin.Lowest;
    private long _lowestLateMs = twin.LowestLate;
    private bool _hasAppended;

    /// <summary>A call that appends samples begins: the first of all sets the head's bounds, and the limits of its
    /// request.</summary>
    public void Initialise(long t)
    {
        if (!_isFirst || _hasAppended || t > highestMs) return;
        _hasAppended = true;
        twin.Initialise(t);
        (_lowestMs, _lowestLateMs) = (twin.Lowest, twin.LowestLate);
    }

    /// <summary>Decides about a sample.</summary>
    public AppendResult Append(int series, long t, ModelValue value, bool isInvalid)
    {
        var result = Decide(series, t, value, isInvalid);
        if (result == AppendResult.Appended) _accepted.Add((series, t, value));
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
        return dropped;
    }

    private AppendResult Decide(int series, long t, ModelValue value, bool isInvalid)
    {
        if (t > highestMs) return AppendResult.TooFarAhead;
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
