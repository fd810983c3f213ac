using System.Runtime.InteropServices;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head.Exemplars;

/// <summary>The exemplars of all series: a ring of fixed capacity that overwrites what was stored first.</summary>
/// <remarks>
/// Each series' exemplars are linked in order of time. Series are known by their labels, so exemplars outlive their series'
/// place in the head. The ring grows to its capacity as it fills. Every member may be called from any thread.
/// </remarks>
internal sealed class ExemplarRing(int capacity, long outOfOrderWindowMs) : IDisposable
{
    /// <summary>End of a series' list.</summary>
    private const int None = -1;

    /// <summary>An entry, its label set and that one's array without their bytes.</summary>
    private const int BytesOfEntry = 120;

    /// <summary>A series besides its label bytes: the object, its entry in the table and its label set.</summary>
    private const int BytesOfSeries = 150;

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<KeyHash, Series> _series = [];
    private readonly Lock _lock = new(); // Guards everything here.
    private int _next; // Entry to be overwritten next, once all are in use.
    private long _sizeBytes;
    private long _appended;
    private long _outOfOrder;

    /// <summary>Exemplars it can hold; 0 = none are kept.</summary>
    public int Capacity => capacity;

    /// <summary>Whether exemplars are kept at all.</summary>
    public bool IsEnabled => capacity > 0;

    /// <summary>What it holds and did, for export.</summary>
    public ExemplarCounters Counters
    {
        get
        {
            lock (_lock)
            {
                var oldest = _entries.Count == 0 ? 0 : _entries[_next].Exemplar.TimestampMs;
                return new ExemplarCounters(capacity, _entries.Count, _series.Count, oldest, _appended, _outOfOrder);
            }
        }
    }

    /// <summary>About how many bytes it holds on the heap.</summary>
    public long SizeBytes => Volatile.Read(ref _sizeBytes);

    /// <summary>Decides about an exemplar as if it were stored now.</summary>
    /// <param name="key">Hash of the canonical labels of its series.</param>
    /// <param name="exemplar">Labels without empty ones.</param>
    public ExemplarResult Decide(in KeyHash key, in Exemplar exemplar)
    {
        lock (_lock) return ExemplarRules.Decide(NewestOf(_series.GetValueOrDefault(key)), exemplar, outOfOrderWindowMs);
    }

    /// <summary>Stores an exemplar unless what was stored meanwhile forbids it.</summary>
    /// <param name="key">Hash of the canonical labels of its series.</param>
    /// <param name="exemplar">Labels without empty ones.</param>
    /// <param name="labelsOf">Reads the labels of its series, should the ring not know them.</param>
    public ExemplarResult Add(in KeyHash key, in Exemplar exemplar, Func<LabelSet> labelsOf)
    {
        lock (_lock)
        {
            var series = _series.GetValueOrDefault(key);
            var result = ExemplarRules.Decide(NewestOf(series), exemplar, outOfOrderWindowMs);
            if (result == ExemplarResult.OutOfOrder) _outOfOrder++;
            if (result != ExemplarResult.Appended) return result;
            var older = series is null ? None : OlderThan(series, exemplar.TimestampMs);
            if (HasTime(series, older, exemplar.TimestampMs)) return ExemplarResult.Duplicate;
            var at = TakeEntry(ref older);
            // Overwriting may have ended the series.
            if (series is null || series.Newest == None) _series[key] = series = NewSeries(key, labelsOf());
            Link(at, series, exemplar, older);
            _appended++;
            return result;
        }
    }

    /// <summary>All exemplars with the hash of their series' labels, what was stored first in front.</summary>
    public IReadOnlyList<(KeyHash Series, Exemplar Exemplar)> All()
    {
        lock (_lock)
        {
            var all = new List<(KeyHash, Exemplar)>(_entries.Count);
            for (var i = 0; i < _entries.Count; i++)
            {
                var entry = _entries[(_next + i) % _entries.Count];
                all.Add((entry.Series.Key, entry.Exemplar));
            }
            return all;
        }
    }

    /// <summary>Exemplars between two times, both included, of the series that satisfy one of several lists of
    /// matchers.</summary>
    /// <returns>Ascending by labels of the series.</returns>
    public IReadOnlyList<SeriesExemplars> Select(long minTimeMs, long maxTimeMs, IReadOnlyList<Matcher[]> matchers)
    {
        var found = new List<SeriesExemplars>();
        lock (_lock)
        {
            foreach (var series in _series.Values)
            {
                if (_entries[series.Newest].Exemplar.TimestampMs < minTimeMs) continue;
                if (!MatchesAny(series.Labels, matchers)) continue;
                var exemplars = new List<Exemplar>();
                for (var at = series.Newest; at != None; at = _entries[at].Older)
                {
                    var exemplar = _entries[at].Exemplar;
                    if (exemplar.TimestampMs < minTimeMs) break;
                    if (exemplar.TimestampMs <= maxTimeMs) exemplars.Add(exemplar);
                }
                exemplars.Reverse();
                if (exemplars.Count > 0) found.Add(new SeriesExemplars(series.Labels, exemplars));
            }
        }
        found.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        return found;
    }

    /// <summary>Gives back what is counted.</summary>
    public void Dispose() => Count(-SizeBytes);

    private static bool MatchesAny(LabelSet labels, IReadOnlyList<Matcher[]> lists)
    {
        foreach (var list in lists)
        {
            var matches = list.Length > 0;
            foreach (var matcher in list) matches = matches && matcher.Matches(labels.Find(matcher.Name));
            if (matches) return true;
        }
        return false;
    }

    private static long SizeOf(in Exemplar exemplar) => BytesOfEntry + exemplar.Labels.Encoded.Length;

    private Exemplar? NewestOf(Series? series) => series is null ? null : _entries[series.Newest].Exemplar;

    /// <summary>The newest entry of a series that is not above a time.</summary>
    private int OlderThan(Series series, long timestampMs)
    {
        var at = series.Newest;
        while (at != None && _entries[at].Exemplar.TimestampMs > timestampMs) at = _entries[at].Older;
        return at;
    }

    /// <summary>One that comes late is dropped when its place is taken; at the newest time several may follow one
    /// another.</summary>
    private bool HasTime(Series? series, int older, long timestampMs) =>
        series is not null && older != None && older != series.Newest && _entries[older].Exemplar.TimestampMs == timestampMs;

    /// <summary>A free entry: a new one, or the one stored first, which leaves its series.</summary>
    /// <param name="older">An entry that stays the caller's neighbour: replaced by its own when it is the one taken.</param>
    private int TakeEntry(ref int older)
    {
        if (_entries.Count < capacity)
        {
            _entries.Add(default);
            return _entries.Count - 1;
        }
        var at = _next;
        _next = (_next + 1) % capacity;
        if (older == at) older = _entries[at].Older;
        Unlink(at);
        return at;
    }

    private Series NewSeries(in KeyHash key, LabelSet labels)
    {
        Count(BytesOfSeries + labels.Encoded.Length);
        return new Series { Key = key, Labels = labels };
    }

    private void Link(int at, Series series, in Exemplar exemplar, int older)
    {
        var entries = CollectionsMarshal.AsSpan(_entries);
        var newer = older == None ? series.Oldest : entries[older].Newer;
        entries[at] = new Entry { Series = series, Exemplar = exemplar, Older = older, Newer = newer };
        if (older == None) series.Oldest = at;
        else entries[older].Newer = at;
        if (newer == None) series.Newest = at;
        else entries[newer].Older = at;
        Count(SizeOf(exemplar));
    }

    private void Unlink(int at)
    {
        var entries = CollectionsMarshal.AsSpan(_entries);
        ref var entry = ref entries[at];
        var series = entry.Series;
        if (entry.Older == None) series.Oldest = entry.Newer;
        else entries[entry.Older].Newer = entry.Newer;
        if (entry.Newer == None) series.Newest = entry.Older;
        else entries[entry.Newer].Older = entry.Older;
        Count(-SizeOf(entry.Exemplar));
        if (series.Newest != None) return;
        _series.Remove(series.Key);
        Count(-(BytesOfSeries + series.Labels.Encoded.Length));
    }

    private void Count(long bytes)
    {
        Interlocked.Add(ref _sizeBytes, bytes);
        OwnedBytes.Add(bytes);
    }

    private struct Entry
    {
        public Series Series;
        public Exemplar Exemplar;
        public int Older;
        public int Newer;
    }

    private sealed class Series
    {
        public KeyHash Key { get; init; }

        public required LabelSet Labels { get; init; }

        public int Oldest { get; set; } = None;

        public int Newest { get; set; } = None;
    }
}
