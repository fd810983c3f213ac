using System.Globalization;
using System.Text.Json;
using TestKit;
using Tsdb.Labels;
using Tsdb.Queries;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Damaged;

/// <summary>Samples as text by series and time.</summary>
internal sealed class Content
{
    private readonly Dictionary<string, LabelSet> _labels = [];

    public Dictionary<string, SortedDictionary<long, string>> Series { get; } = new(StringComparer.Ordinal);

    /// <summary>Why something could not be read.</summary>
    public List<string> Failures { get; } = [];

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var samples in Series.Values) count += samples.Count;
            return count;
        }
    }

    /// <summary>What the intact directory holds, as the real library read it.</summary>
    public static Content Expected(string run, string tenant)
    {
        var content = new Content();
        var file = Golden.Files($"tsdb/datadirs/{run}", tenant + ".expected.jsonl*")[0];
        foreach (var line in Golden.Lines(file))
        {
            using var json = JsonDocument.Parse(line);
            var pairs = new List<(string, string)>();
            foreach (var label in json.RootElement.GetProperty("labels").EnumerateArray())
                pairs.Add((label[0].GetString()!, label[1].GetString()!));
            var labels = LabelSet.FromStrings([.. pairs]);
            foreach (var sample in Items(json.RootElement, "s")) content.Add(labels, Time(sample[0]), sample[1].GetString()!);
            foreach (var sample in Items(json.RootElement, "h"))
                content.Add(labels, Time(sample.GetProperty("t")), HistogramJson.Describe(HistogramJson.Read(sample)));
        }
        return content;
    }

    /// <summary>All that can be read: where damage makes a query fail, each series, block and range of time is asked for
    /// alone.</summary>
    /// <param name="database">What is read.</param>
    /// <param name="expected">Has every series there may be.</param>
    /// <param name="unreadable">Ranges of time in which queries may fail.</param>
    public static Content Of(
        Database database, Content expected, IReadOnlyList<(string Labels, long MinMs, long MaxMs)> unreadable)
    {
        var content = new Content();
        if (content.TryRead(database, long.MinValue, long.MaxValue, HistogramDump.Everything)) return content;
        var bounds = new SortedSet<long> { long.MinValue, long.MaxValue };
        foreach (var block in database.Blocks)
        {
            bounds.Add(block.Meta.MinTimeMs);
            bounds.Add(block.Meta.MaxTimeMs);
        }
        foreach (var (_, min, max) in unreadable)
        {
            bounds.Add(min);
            bounds.Add(max + 1);
        }
        foreach (var matchers in expected.Matchers())
        {
            foreach (var block in database.Blocks)
            {
                // Other blocks may hold samples of the same time.
                content.TryRead(() => new BlockCursor(block.TryLease()!, long.MinValue, long.MaxValue, matchers, false));
            }
            var from = long.MinValue;
            foreach (var bound in bounds)
            {
                content.TryRead(database, from, bound - 1, matchers);
                from = bound;
            }
        }
        return content;
    }

    public void Add(LabelSet series, long t, string described)
    {
        var labels = series.ToString();
        if (!Series.TryGetValue(labels, out var samples))
        {
            Series[labels] = samples = [];
            _labels[labels] = series;
        }
        samples[t] = HistogramDump.Content(described);
    }

    public bool Has(string labels, long t) => Series.TryGetValue(labels, out var samples) && samples.ContainsKey(t);

    private bool TryRead(Database database, long min, long max, Matcher[] matchers) =>
        TryRead(() => database.Select(min, max, matchers, skipChunks: false));

    private bool TryRead(Func<SeriesCursor> open)
    {
        try
        {
            using var cursor = open();
            while (cursor.MoveNext())
            {
                foreach (var chunk in cursor.Chunks)
                {
                    var samples = new SortedDictionary<long, string>();
                    HistogramDump.Add(chunk, samples);
                    foreach (var (t, described) in samples) Add(cursor.Labels, t, described);
                }
            }
            return true;
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith("CORRUPT: ", e.Message, StringComparison.Ordinal);
            Failures.Add(e.Message);
            return false;
        }
    }

    /// <summary>Matchers for each series alone.</summary>
    private List<Matcher[]> Matchers()
    {
        var all = new List<Matcher[]>();
        foreach (var series in _labels.Values)
        {
            var matchers = new List<Matcher>();
            foreach (var label in series)
            {
                Assert.True(Matcher.TryCreate(MatchType.Equal, label.Name, label.Value, out var matcher, out _));
                matchers.Add(matcher);
            }
            all.Add([.. matchers]);
        }
        return all;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static long Time(JsonElement json) => long.Parse(json.GetString()!, CultureInfo.InvariantCulture);
}
