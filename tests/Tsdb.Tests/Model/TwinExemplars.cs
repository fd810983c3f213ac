using System.Globalization;
using System.Linq;
using System.Text;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;

namespace Tsdb.Tests.Model;

/// <summary>The twin of the ring of exemplars: plain lists, what is logged, and the last memory snapshot.</summary>
/// <param name="capacity">Exemplars kept.</param>
/// <param name="windowMs">How far behind the newest of its series one may be.</param>
internal sealed class TwinExemplars(int capacity, long windowMs)
{
    private readonly List<(int Series, Exemplar Exemplar)> _log = [];
    private readonly SortedDictionary<int, List<(long Number, Exemplar Exemplar)>> _series = [];
    private List<(int Series, Exemplar Exemplar)> _snapshot = [];
    private long _number;

    /// <summary>Exemplars by series, ascending by time.</summary>
    public SortedDictionary<int, List<Exemplar>> BySeries
    {
        get
        {
            var found = new SortedDictionary<int, List<Exemplar>>();
            foreach (var (series, list) in _series)
            {
                if (list.Count > 0) found.Add(series, list.ConvertAll(static entry => entry.Exemplar));
            }
            return found;
        }
    }

    /// <summary>What a database has.</summary>
    public static SortedDictionary<int, List<Exemplar>> Read(Database database)
    {
        var found = new SortedDictionary<int, List<Exemplar>>();
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [[ModelRun.Named()]]))
            found.Add(ModelSeries.Id(series.Labels), [.. series.Exemplars]);
        return found;
    }

    /// <summary>One line for each.</summary>
    public static string Text(SortedDictionary<int, List<Exemplar>> bySeries)
    {
        var text = new StringBuilder();
        foreach (var (series, exemplars) in bySeries)
        {
            foreach (var e in exemplars)
                text.Append(CultureInfo.InvariantCulture, $"i{series} {e.TimestampMs} {e.Value} {e.Labels}\n");
        }
        return text.ToString();
    }

    /// <summary>The labels of an exemplar.</summary>
    public static LabelSet LabelsOf(int trace) => trace == 0 ? LabelSet.Empty : LabelSet.FromStrings(("trace", $"{trace}"));

    /// <summary>Decides about one as if it were stored now.</summary>
    public ExemplarResult Decide(int series, bool isKnown, Exemplar exemplar) => capacity == 0 ? ExemplarResult.Disabled
        : isKnown ? ExemplarRules.Decide(NewestOf(series), exemplar, windowMs)
        : ExemplarResult.NoSeries;

    /// <summary>Logs and stores one.</summary>
    public void Commit(int series, Exemplar exemplar)
    {
        _log.Add((series, exemplar));
        Add(series, exemplar);
    }

    /// <summary>A memory snapshot has all of the series that are in the head; the log before it is not read again.</summary>
    public void TakeSnapshot(Predicate<int> isInHead)
    {
        _snapshot = [.. _series.SelectMany(static s => s.Value.Select(entry => (entry.Number, s.Key, entry.Exemplar)))
            .Where(entry => isInHead(entry.Key)).OrderBy(static entry => entry.Number)
            .Select(static entry => (entry.Key, entry.Exemplar))];
        _log.Clear();
    }

    /// <summary>What a new process reads from snapshot and log, which do not say whether a time was given.</summary>
    /// <param name="minMs">The log's of before are passed over.</param>
    /// <param name="isKnown">Whether the series of one in the log is.</param>
    public void Reopen(long minMs, Predicate<int> isKnown)
    {
        _series.Clear();
        var logged = _log.Where(entry => entry.Exemplar.TimestampMs >= minMs && isKnown(entry.Series));
        foreach (var (series, exemplar) in _snapshot.Concat(logged)) Add(series, exemplar with { HasTimestamp = false });
    }

    private Exemplar? NewestOf(int series) =>
        _series.TryGetValue(series, out var list) && list.Count > 0 ? list[^1].Exemplar : null;

    private void Add(int series, Exemplar exemplar)
    {
        if (Decide(series, isKnown: true, exemplar) != ExemplarResult.Appended) return;
        if (!_series.TryGetValue(series, out var list)) _series.Add(series, list = []);
        var t = exemplar.TimestampMs;
        if (list.Count > 0 && t < list[^1].Exemplar.TimestampMs && list.Exists(entry => entry.Exemplar.TimestampMs == t)) return;
        if (_series.Values.Sum(static all => all.Count) == capacity)
        {
            var oldest = _series.Values.SelectMany(static all => all).MinBy(static entry => entry.Number);
            foreach (var other in _series.Values) other.Remove(oldest);
        }
        var at = list.FindIndex(entry => entry.Exemplar.TimestampMs > t);
        list.Insert(at < 0 ? list.Count : at, (_number++, exemplar));
    }
}
