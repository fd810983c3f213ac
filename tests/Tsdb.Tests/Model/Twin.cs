using System.Linq;
using Tsdb.Head;

namespace Tsdb.Tests.Model;

/// <summary>The naive twin of a database: sorted dictionaries and the rules of docs/formats/head.md.</summary>
internal sealed class Twin(RunOptions options)
{
    private readonly SortedDictionary<int, SortedDictionary<long, ModelValue>> _samples = [];
    private readonly HashSet<int> _inHead = [];
    private readonly List<TwinBlock> _blocks = [];
    private long _minValid = long.MinValue;

    /// <summary>As <see cref="Database.HeadMinTimeMs"/>.</summary>
    public long Min { get; private set; } = long.MaxValue;

    /// <summary>As <see cref="Database.HeadMaxTimeMs"/>.</summary>
    public long Max { get; private set; } = long.MinValue;

    /// <summary>Blocks, oldest first.</summary>
    public IReadOnlyList<TwinBlock> Blocks => _blocks;

    /// <summary>Series that the head knows, with samples or without.</summary>
    public IReadOnlyCollection<int> InHead => _inHead;

    /// <summary>Every sample there is, by series and time.</summary>
    public IEnumerable<(int Series, SortedDictionary<long, ModelValue> Samples)> Samples
    {
        get
        {
            foreach (var (series, samples) in _samples)
            {
                if (samples.Count > 0) yield return (series, samples);
            }
        }
    }

    /// <summary>Begins a request at a time by the clock.</summary>
    public TwinAppender Begin(long nowMs) => new(this, options.FutureMs == 0 ? long.MaxValue : nowMs + options.FutureMs);

    /// <summary>Nothing below may be appended by a request that begins now.</summary>
    public long Lowest => Max == long.MinValue ? _minValid : Math.Max(_minValid, Max - (options.RangeMs / 2));

    /// <summary>The newest sample of a series that the head still has.</summary>
    public (long T, ModelValue Value)? Last(int series)
    {
        if (!_inHead.Contains(series) || !_samples.TryGetValue(series, out var samples)) return null;
        foreach (var (t, value) in samples.Reverse()) return t < _minValid ? null : (t, value);
        return null;
    }

    /// <summary>The head gets to know a series.</summary>
    public void Create(int series) => _inHead.Add(series);

    /// <summary>The first append of all sets both bounds.</summary>
    public void Initialise(long t)
    {
        if (Min == long.MaxValue) (Min, Max) = (t, t);
    }

    /// <summary>Stores a sample unless another has overtaken it; a stale float that ends histograms becomes one.</summary>
    public void Store(int series, long t, ModelValue value)
    {
        var last = Last(series);
        if (last is { } newest && t <= newest.T) return;
        value = value.After(last?.Value);
        if (!_samples.TryGetValue(series, out var samples)) _samples.Add(series, samples = []);
        samples.Add(t, value);
        (Min, Max) = (Math.Min(Min, t), Math.Max(Max, t));
    }

    /// <summary>Cuts what is due.</summary>
    /// <returns>The blocks that come out of it.</returns>
    public List<TwinBlock> CutDue(long nowMs)
    {
        var blocks = new List<TwinBlock>();
        if (Min == long.MaxValue || !IsLong(nowMs)) return blocks;
        do Cut(Min, Min - (Min % options.BlockMs) + options.BlockMs, blocks);
        while (IsLong(Max));
        return blocks;
    }

    /// <summary>Cuts everything but the newest timestamp.</summary>
    public List<TwinBlock> Flush()
    {
        var blocks = new List<TwinBlock>();
        if (Min == long.MaxValue) return blocks;
        var (min, max) = (Min, Max);
        if (min == max)
        {
            Cut(min, max + 1, blocks);
        }
        else
        {
            var aligned = max - (max % options.BlockMs);
            if (aligned > min) Cut(min, aligned, blocks);
            else Truncate(aligned);
            Cut(Min, max, blocks);
        }
        return blocks;
    }

    /// <summary>What a new process knows: blocks, and what the log has beyond them.</summary>
    public void Reopen()
    {
        (Min, Max, _minValid) = (long.MaxValue, long.MinValue, long.MinValue);
        foreach (var block in _blocks) _minValid = Math.Max(_minValid, block.End);
        if (_blocks.Count > 0) Initialise(_minValid);
        _inHead.Clear();
        foreach (var (series, samples) in _samples)
        {
            ModelValue? last = null;
            foreach (var t in Times(samples, _minValid, long.MaxValue))
            {
                _inHead.Add(series);
                (Min, Max) = (Math.Min(Min, t), Math.Max(Max, t));
                samples[t] = last = samples[t].After(last); // Replay does not know what is only in blocks.
            }
        }
    }

    /// <summary>Deletes blocks that end so far behind the newest, with their samples.</summary>
    public void Retain(Func<TwinBlock, bool> mayDelete)
    {
        var newest = long.MinValue;
        foreach (var block in _blocks) newest = Math.Max(newest, block.End);
        var old = _blocks.FindAll(block => newest - block.End >= options.RetentionMs && mayDelete(block));
        foreach (var block in old)
        {
            _blocks.Remove(block);
            foreach (var samples in _samples.Values)
            {
                foreach (var t in Times(samples, block.Min, block.End - 1)) samples.Remove(t);
            }
        }
    }

    /// <summary>Times of a series in a range, both ends included.</summary>
    public static List<long> Times(SortedDictionary<long, ModelValue> samples, long from, long to)
    {
        var times = new List<long>();
        foreach (var t in samples.Keys)
        {
            if (t >= from && t <= to) times.Add(t);
        }
        return times;
    }

    private bool IsLong(long max) => max - Min > options.BlockMs / 2 * 3;

    private void Cut(long min, long end, List<TwinBlock> blocks)
    {
        var block = new TwinBlock(min, end);
        foreach (var series in _inHead)
        {
            if (!_samples.TryGetValue(series, out var samples)) continue;
            var times = Times(samples, min, end - 1);
            if (times.Count > 0) block.SamplesBySeries.Add(series, times.Count);
        }
        if (block.SamplesBySeries.Count > 0)
        {
            blocks.Add(block);
            _blocks.Add(block);
        }
        Truncate(end);
    }

    /// <summary>The bounds move up to the oldest sample left, but not into what is still appendable; series without a sample
    /// leave the head.</summary>
    private void Truncate(long end)
    {
        _minValid = Math.Max(_minValid, end);
        (Min, Max) = (Math.Max(Min, end), Math.Max(Max, end));
        var oldest = long.MaxValue;
        foreach (var series in _inHead)
        {
            if (!_samples.TryGetValue(series, out var samples)) continue;
            var later = Times(samples, _minValid, long.MaxValue);
            if (later.Count > 0) oldest = Math.Min(oldest, later[0]);
        }
        var min = Math.Min(oldest, Lowest);
        (Min, _minValid) = (Math.Max(Min, min), Math.Max(_minValid, min));
        _inHead.RemoveWhere(series => Last(series) is null);
    }
}

/// <summary>A block: which series it has, and how many samples of each.</summary>
/// <param name="Min">Lower bound, inclusive.</param>
/// <param name="End">Upper bound, exclusive.</param>
internal sealed record TwinBlock(long Min, long End)
{
    /// <summary>Samples by series.</summary>
    public SortedDictionary<int, int> SamplesBySeries { get; } = [];
}

/// <summary>A request on the twin, with the limits it captured when it began.</summary>
internal sealed class TwinAppender(Twin twin, long highestMs)
{
    private readonly bool _isFirst = twin.Min == long.MaxValue;
    private long _lowestMs = twin.Lowest;
    private bool _hasAppended;
    private readonly List<(int Series, long T, ModelValue Value)> _accepted = [];

    /// <summary>A call that appends samples begins: the first of all sets the head's bounds, and the limits of its
    /// request.</summary>
    public void Initialise(long t)
    {
        if (!_isFirst || _hasAppended || t > highestMs) return;
        _hasAppended = true;
        twin.Initialise(t);
        _lowestMs = twin.Lowest;
    }

    /// <summary>Decides about a sample.</summary>
    public AppendResult Append(int series, long t, ModelValue value, bool isInvalid)
    {
        var result = Decide(series, t, value, isInvalid);
        if (result == AppendResult.Appended) _accepted.Add((series, t, value));
        return result;
    }

    /// <summary>Stores what was accepted, in order.</summary>
    public void Commit()
    {
        foreach (var (series, t, value) in _accepted) twin.Store(series, t, value);
        _accepted.Clear();
    }

    private AppendResult Decide(int series, long t, ModelValue value, bool isInvalid)
    {
        if (t > highestMs) return AppendResult.TooFarAhead;
        if (t < _lowestMs) return AppendResult.OutOfBounds;
        if (isInvalid) return AppendResult.InvalidHistogram;
        if (twin.Last(series) is not { } last || t > last.T) return AppendResult.Appended;
        if (t < last.T) return AppendResult.OutOfOrder;
        return last.Value.Repeats(value) ? AppendResult.Duplicate : AppendResult.DuplicateConflict;
    }
}
