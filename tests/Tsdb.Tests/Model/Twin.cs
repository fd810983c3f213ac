using System.Linq;

namespace Tsdb.Tests.Model;

/// <summary>The naive twin of a database: sorted dictionaries and the rules of docs/formats/head.md.</summary>
internal sealed class Twin(RunOptions options)
{
    private readonly SortedDictionary<int, SortedDictionary<long, List<Held>>> _samples = [];
    private readonly List<(int Series, long T, ModelValue Value)> _log = []; // As the log has it: all that was accepted.
    private readonly Dictionary<int, (long T, ModelValue Value)> _last = [];
    private readonly HashSet<int> _inHead = [];
    private readonly HashSet<int> _created = [];
    private readonly HashSet<int> _cameBack = [];
    private readonly HashSet<int> _deletedInsideChunks = [];
    private readonly HashSet<int> _lateDeletions = [];
    private readonly Dictionary<(int Series, long T), List<ModelValue>> _deletedLate = [];
    private readonly Dictionary<int, HashSet<long>> _goneLate = [];
    private readonly List<TwinBlock> _blocks = [];
    private readonly List<(int Series, long From, long To)> _deletions = []; // As the head has them.
    private long _minValid = long.MinValue;
    private long _cutTo = long.MinValue;

    /// <summary>As <see cref="Database.HeadMinTimeMs"/>.</summary>
    public long Min { get; private set; } = long.MaxValue;

    /// <summary>As <see cref="Database.HeadMaxTimeMs"/>.</summary>
    public long Max { get; private set; } = long.MinValue;

    /// <summary>Nothing below may be appended in order, and the log says nothing of it.</summary>
    public long MinValid => _minValid;

    /// <summary>Blocks, ascending by time.</summary>
    public IReadOnlyList<TwinBlock> Blocks => _blocks;

    /// <summary>Series that the head knows, with samples or without.</summary>
    public IReadOnlyCollection<int> InHead => _inHead;

    /// <summary>Whether samples out of order are kept. Then some things are known only roughly: which of two values of one time
    /// is read, and the head's lower bound.</summary>
    public bool KeepsLate => options.LateMs > 0;

    /// <summary>Nothing below may be appended in order by a request that begins now.</summary>
    public long Lowest => Max == long.MinValue ? _minValid : Math.Max(_minValid, Max - (options.RangeMs / 2));

    /// <summary>Nothing below may be appended at all, if anything out of order may.</summary>
    public long LowestLate => !KeepsLate ? long.MaxValue : Max == long.MinValue ? long.MinValue : Max - options.LateMs;

    /// <summary>Exemplars.</summary>
    public TwinExemplars Exemplars { get; } = new(options.ExemplarsMax, options.LateMs);

    /// <summary>Every sample that can be read, by series and time: the values it may have, nearly always one.</summary>
    public IEnumerable<(int Series, SortedDictionary<long, List<Held>> Samples)> Visible
    {
        get
        {
            foreach (var (series, samples) in Samples)
            {
                if (!samples.Values.Any(static held => held.Exists(static h => h.IsDeleted)))
                {
                    yield return (series, samples);
                    continue;
                }
                var visible = new SortedDictionary<long, List<Held>>();
                foreach (var (t, held) in samples)
                {
                    if (held.FindAll(static h => !h.IsDeleted) is { Count: > 0 } left) visible.Add(t, left);
                }
                if (visible.Count > 0) yield return (series, visible);
            }
        }
    }

    /// <summary>Every sample there is or was until something writes it no more: those of <see cref="Visible"/> and deleted
    /// ones.</summary>
    public IEnumerable<(int Series, SortedDictionary<long, List<Held>> Samples)> Samples
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
    public TwinAppender Begin(long nowMs) => new(this, nowMs);

    /// <summary>Newest time that a request may bring which is judged now.</summary>
    public long HighestAt(long nowMs) => options.FutureMs == 0 ? long.MaxValue : nowMs + options.FutureMs;

    /// <summary>The newest sample of a series that the head still has in order.</summary>
    public (long T, ModelValue Value)? Last(int series) =>
        _inHead.Contains(series) && _last.TryGetValue(series, out var last) && last.T >= _minValid ? last : null;

    /// <summary>The head gets to know a series.</summary>
    public void Create(int series)
    {
        if (_inHead.Add(series) && !_created.Add(series)) _cameBack.Add(series);
    }

    /// <summary>Whether samples of a series were deleted in a block that ends in the middle of a chunk, because of a
    /// flush, or before it was cut.</summary>
    public bool HasDeletionInsideChunk(int series) => _deletedInsideChunks.Contains(series);

    /// <summary>Whether samples of a series were deleted in the head, and it may have two references in the log.</summary>
    public bool HasDeletionUnderTwoReferences(int series) =>
        _cameBack.Contains(series) && _deletions.Exists(d => d.Series == series);

    /// <summary>The first append of all sets both bounds.</summary>
    public void Initialise(long t)
    {
        if (Min == long.MaxValue) (Min, Max) = (t, t);
    }

    /// <summary>Stores an accepted sample in order, out of order, or not at all because another has overtaken it.</summary>
    /// <param name="series">Which series.</param>
    /// <param name="t">Its time.</param>
    /// <param name="value">A stale float that ends histograms becomes one.</param>
    /// <param name="lowest">Limit of its request.</param>
    /// <param name="lowestLate">The other limit.</param>
    /// <returns>False when it is neither stored nor a copy of what is.</returns>
    public bool Store(int series, long t, ModelValue value, long lowest, long lowestLate)
    {
        _log.Add((series, t, value));
        var last = Last(series);
        if (last?.T == t && t >= lowest) return last.Value.Value.Repeats(value);
        value = value.After(last?.Value);
        if (t >= lowest && (last is not { } newest || t > newest.T))
        {
            Add(series, t, value);
            return true;
        }
        if (!KeepsLate || t < lowestLate) return false;
        At(series, t).Add(new Held(value, IsLate: true));
        if (IsDeleted(series, t)) _lateDeletions.Add(series);
        return true;
    }

    /// <summary>Deletes what is between two times, both included.</summary>
    public void Delete(Predicate<int> isAsked, long from, long to)
    {
        foreach (var (series, samples) in Samples)
        {
            if (!isAsked(series)) continue;
            foreach (var (t, held) in samples)
            {
                if (t < from || t > to) continue;
                foreach (var one in held) MarkDeleted(series, t, one);
            }
            if (Last(series) is { } last && Math.Max(from, Min) <= Math.Min(to, last.T))
                _deletions.Add((series, Math.Max(from, Min), Math.Min(to, last.T)));
        }
    }

    /// <summary>Takes what is deleted out of blocks; those of which nothing is left go, but for the newest.</summary>
    public void CleanTombstones()
    {
        foreach (var block in _blocks.FindAll(static block => block.HasDeletions))
        {
            if (StaysDeleted(block)) continue;
            (block.HasDeletions, block.Last) = (false, null);
            block.SamplesBySeries.Clear();
            foreach (var (series, samples) in _samples)
            {
                foreach (var (t, held) in samples.ToArray())
                {
                    held.RemoveAll(h => h.Block == block && h.IsDeleted);
                    block.Take(series, held, h => h.Block == block);
                    if (held.Count == 0) samples.Remove(t);
                }
            }
            if (block.SamplesBySeries.Count == 0) _blocks.Remove(block);
        }
    }

    /// <summary>Cuts what is due, and then what is out of order.</summary>
    /// <returns>The blocks that come out of it.</returns>
    public List<TwinBlock> CutDue(long nowMs)
    {
        var blocks = new List<TwinBlock>();
        if (Min == long.MaxValue || !IsLong(nowMs)) return blocks;
        do Cut(Min, Min - (Min % options.BlockMs) + options.BlockMs, blocks);
        while (IsLong(Max));
        return [.. blocks, .. CompactLate()];
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
            return blocks;
        }
        var aligned = max - (max % options.BlockMs);
        if (aligned > min) Cut(min, aligned, blocks);
        else Truncate(aligned);
        Cut(Min, max, blocks);
        return blocks;
    }

    /// <summary>Moves what is out of order into blocks, one for each window.</summary>
    public List<TwinBlock> CompactLate()
    {
        if (!KeepsLate) return [];
        var blocks = new SortedDictionary<long, TwinBlock>();
        foreach (var (series, samples) in _samples)
        {
            foreach (var (t, held) in samples)
            {
                var start = t - (t % options.RangeMs);
                if (!held.Exists(static h => h.IsLateInHead)) continue;
                if (!blocks.TryGetValue(start, out var block))
                    blocks.Add(start, block = new TwinBlock(start, start + options.RangeMs, isLate: true));
                block.Take(series, held, static h => h.IsLateInHead && !h.IsDeleted);
                held.RemoveAll(static h => h.IsLateInHead && h.IsDeleted);
            }
        }
        foreach (var (start, block) in blocks.ToArray())
        {
            if (block.SamplesBySeries.Count == 0) blocks.Remove(start);
        }
        Sweep();
        _blocks.AddRange(blocks.Values);
        Collect();
        return [.. blocks.Values];
    }

    /// <summary>Whether it is known what a new process knows. The log may or may not have what was cut and is in no block because
    /// all of it was deleted: it is shortened now and then.</summary>
    public bool IsNextStartKnown => !_log.Exists(entry => entry.T < _cutTo && entry.T >= NewestEnd);

    /// <summary>A memory snapshot is written: it takes the place of the log up to here.</summary>
    public void TakeSnapshot()
    {
        Exemplars.TakeSnapshot(_inHead.Contains);
        _log.Clear();
        foreach (var (series, samples) in _samples)
        {
            foreach (var (t, held) in samples)
            {
                if (held.Find(static h => h.IsInOrder) is { } one) _log.Add((series, t, one.Value));
            }
        }
    }

    /// <summary>What a new process knows: blocks, what the log has beyond them, and what was out of order.</summary>
    public void Reopen()
    {
        (Min, Max, _minValid) = (long.MaxValue, long.MinValue, long.MinValue);
        _minValid = NewestEnd;
        if (_minValid != long.MinValue) Initialise(_minValid);
        _inHead.Clear();
        _last.Clear();
        var ends = new HashSet<(int Series, long T)>();
        foreach (var (series, samples) in _samples)
        {
            foreach (var (t, held) in samples)
            {
                if (held.Exists(static h => h.IsInOrder && h.Value.IsLoggedAsFloat)) ends.Add((series, t));
                held.RemoveAll(static h => h.IsInOrder);
            }
            if (samples.Values.Any(static held => held.Exists(static h => h.Block is null))) _inHead.Add(series);
        }
        _log.RemoveAll(entry => entry.T < _minValid);
        foreach (var (series, t, value) in _log)
        {
            _inHead.Add(series);
            var last = Last(series);
            if (last is null || t > last.Value.T) Add(series, t, value.After(last?.Value), ends.Contains((series, t)));
        }
        Sweep();
    }

    /// <summary>Whether a sample may be there although retention took it: chunks out of order that are
    /// in blocks stay in their file until the whole file goes, and a new process reads them again, as upstream's does.</summary>
    public bool MayComeBack(int series, long t, string content) =>
        _deletedLate.TryGetValue((series, t), out var values) && values.Exists(value => value.Content == content);

    /// <summary>Adds a block of samples that were in blocks already and came back with a new process.</summary>
    public TwinBlock AddLate(long min, long end)
    {
        var block = new TwinBlock(min, end, isLate: true);
        _blocks.Add(block);
        return block;
    }

    /// <summary>Whether there were samples out of order of a series in a deleted range, before or after. Upstream's programs find
    /// no deletions of their own for those; a deletion of what is in order in the head they apply to both.</summary>
    public bool HasDeletedLate(int series) => _lateDeletions.Contains(series) || _goneLate.ContainsKey(series);

    /// <summary>Times of samples out of order that a deletion or retention took, by series: their chunks may still be in a
    /// file.</summary>
    public IReadOnlyDictionary<int, HashSet<long>> GoneLate => _goneLate;

    /// <summary>Takes over what a block of samples out of order has of a series; fails when it lacks a sample, or has one that
    /// never was.</summary>
    public void AdoptLate(TwinBlock block, int series, SortedDictionary<long, string> found)
    {
        foreach (var (t, content) in found)
        {
            var held = At(series, t);
            if (held.Exists(h => h.Block == block)) continue;
            var left = held.Find(h => h.Value.Content == content && !h.IsDeleted)?.Value;
            var known = left ?? _deletedLate.GetValueOrDefault((series, t), []).Find(value => value.Content == content);
            Assert.True(known is not null, $"{block} has {content} for i{series} at {t}, which never was");
            held.RemoveAll(static h => h.IsLateInHead && h.IsDeleted);
            held.Add(new Held(known, IsLate: true) { CameBack = left is null });
            block.Take(series, held, static h => h.IsLateInHead);
        }
    }

    /// <summary>Takes over which samples a block cut in order lacks that are out of order as well: the log has those among the
    /// others, and a start takes them from it in order, unless they lie inside a chunk of the files.</summary>
    public void AdoptCopies(TwinBlock block, IReadOnlyDictionary<int, SortedDictionary<long, string>> found)
    {
        foreach (var (series, samples) in _samples)
        {
            foreach (var (t, held) in samples)
            {
                if (held.Find(h => h.Block == block && !h.IsLate) is not { } copy) continue;
                if (found.TryGetValue(series, out var stored) && stored.ContainsKey(t)) continue;
                if (!held.Exists(h => h.IsLate && !h.IsDeleted && h.Value.Content == copy.Value.Content)) continue;
                held.Remove(copy);
                block.Drop(series);
            }
        }
    }

    /// <summary>Takes over which kind of marker ends a series, where either may.</summary>
    public void AdoptEnd(int series, long t, Held held, string content)
    {
        if (held.Value.Content == content) return;
        held.Value = ModelValue.EndAs(content);
        if (held.IsInOrder && _last.TryGetValue(series, out var last) && last.T == t) _last[series] = (t, held.Value);
    }

    /// <summary>Takes over the head's lower bound where it is known only roughly; fails when it cannot be that.</summary>
    public void AdoptMin(long min)
    {
        if (!KeepsLate) return;
        var highest = Math.Max(Min, Math.Min(Oldest, Lowest));
        Assert.True(min <= highest, $"the head begins at {min}, expected {highest} at most");
        Min = min;
    }

    /// <summary>Deletes blocks that end so far behind the newest, with their samples.</summary>
    public void Retain(Func<TwinBlock, bool> mayDelete)
    {
        var newest = long.MinValue;
        foreach (var block in _blocks) newest = Math.Max(newest, block.End);
        foreach (var block in _blocks.FindAll(block => newest - block.End >= options.RetentionMs && mayDelete(block)))
        {
            _blocks.Remove(block);
            foreach (var (series, samples) in _samples)
            {
                foreach (var (t, held) in samples.ToArray())
                {
                    var late = held.FindAll(h => h.IsLate && h.Block == block).ConvertAll(static h => h.Value);
                    if (late.Count > 0) _deletedLate[(series, t)] = [.. _deletedLate.GetValueOrDefault((series, t), []), .. late];
                    if (late.Count > 0) NoteGoneLate(series, t);
                    held.RemoveAll(h => h.Block == block);
                    if (held.Count == 0) samples.Remove(t);
                }
            }
        }
    }

    private long Oldest
    {
        get
        {
            var oldest = long.MaxValue;
            foreach (var samples in _samples.Values)
            {
                foreach (var (t, held) in samples)
                {
                    if (t < oldest && held.Exists(static h => h.IsInOrder)) oldest = t;
                }
            }
            return oldest;
        }
    }

    /// <summary>End of the newest block that was cut in order, as a start sees it.</summary>
    private long NewestEnd
    {
        get
        {
            var end = long.MinValue;
            foreach (var block in _blocks) end = block.IsLate ? end : Math.Max(end, block.EndAtStart(options.BlockMs));
            return end;
        }
    }

    private bool IsDeleted(int series, long t) => _deletions.Exists(d => d.Series == series && t >= d.From && t <= d.To);

    /// <summary>Whether nothing is left of the newest block: it stays, or a start would read it all from the log.</summary>
    private bool StaysDeleted(TwinBlock block) =>
        !block.IsLate && !_blocks.Exists(other => other != block && !other.IsLate && other.End >= block.End)
        && !_samples.Values.Any(s => s.Values.Any(held => held.Exists(h => h.Block == block && !h.IsDeleted)));

    private void MarkDeleted(int series, long t, Held held)
    {
        held.IsDeleted = true;
        if (held.Block is { } block)
        {
            block.HasDeletions = true;
            if (!block.IsLate && block.End % options.RangeMs != 0) _deletedInsideChunks.Add(series);
        }
        if (!held.IsLate) return;
        _deletions.Add((series, t, t)); // The log has it among the others.
        NoteGoneLate(series, t);
    }

    private void NoteGoneLate(int series, long t)
    {
        if (!_goneLate.TryGetValue(series, out var times)) _goneLate.Add(series, times = []);
        times.Add(t);
    }

    /// <summary>Forgets times without a value.</summary>
    private void Sweep()
    {
        foreach (var samples in _samples.Values)
        {
            foreach (var t in samples.Keys.Where(t => samples[t].Count == 0).ToArray()) samples.Remove(t);
        }
    }

    private bool IsLong(long max) => max - Min > options.BlockMs / 2 * 3;

    private List<Held> At(int series, long t)
    {
        if (!_samples.TryGetValue(series, out var samples)) _samples.Add(series, samples = []);
        if (!samples.TryGetValue(t, out var held)) samples.Add(t, held = []);
        return held;
    }

    private void Add(int series, long t, ModelValue value, bool isOfEitherKind = false)
    {
        At(series, t).Insert(0, new Held(value, IsLate: false)
        {
            IsOfEitherKind = isOfEitherKind,
            IsDeleted = IsDeleted(series, t),
        });
        _last[series] = (t, value);
        (Min, Max) = (Math.Min(Min, t), Math.Max(Max, t));
    }

    private void Cut(long min, long end, List<TwinBlock> blocks)
    {
        var block = new TwinBlock(min, end, isLate: false);
        foreach (var (series, samples) in _samples)
        {
            foreach (var (t, held) in samples)
            {
                if (t < min || t >= end) continue;
                block.Take(series, held, static h => h.IsInOrder && !h.IsDeleted);
                if (held.Exists(h => h.Block == block)) block.Last = Math.Max(block.Last ?? t, t);
                if (held.RemoveAll(static h => h.IsInOrder && h.IsDeleted) > 0 && end % options.RangeMs != 0)
                    _deletedInsideChunks.Add(series);
            }
        }
        Sweep();
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
        (_minValid, _cutTo) = (Math.Max(_minValid, end), Math.Max(_cutTo, end));
        (Min, Max) = (Math.Max(Min, end), Math.Max(Max, end));
        if (!_samples.Keys.Any(HasOnlyLate))
        {
            var min = Math.Min(Oldest, Lowest);
            (Min, _minValid) = (Math.Max(Min, min), Math.Max(_minValid, min));
        }
        Collect();
    }

    /// <summary>Such a series holds the head's lower bound.</summary>
    private bool HasOnlyLate(int series) =>
        HasLate(series) && !_samples[series].Values.Any(static held => held.Exists(static h => h.IsInOrder));

    private void Collect() => _inHead.RemoveWhere(series => Last(series) is null && !HasLate(series));

    private bool HasLate(int series) => _samples.TryGetValue(series, out var samples)
        && samples.Values.Any(static held => held.Exists(static h => h.IsLateInHead));
}

/// <summary>A value at a time of a series.</summary>
/// <param name="Value">The value.</param>
/// <param name="IsLate">Whether it came out of order.</param>
internal sealed record Held(ModelValue Value, bool IsLate)
{
    /// <summary>The value; a marker that ends a series takes the kind it was read as, where that is known only
    /// roughly.</summary>
    public ModelValue Value { get; set; } = Value;

    /// <summary>Whether it was deleted and is there again: a reader that is at work does not see it.</summary>
    public bool CameBack { get; init; }

    /// <summary>Whether reads leave it out.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>Whether this marker of histograms may come back from the log as a float, or from a file as what it
    /// was.</summary>
    public bool IsOfEitherKind { get; init; }

    /// <summary>Where it is; null = in the head.</summary>
    public TwinBlock? Block { get; set; }

    /// <summary>Whether the head has it in order.</summary>
    public bool IsInOrder => !IsLate && Block is null;

    /// <summary>Whether the head has it out of order.</summary>
    public bool IsLateInHead => IsLate && Block is null;
}
