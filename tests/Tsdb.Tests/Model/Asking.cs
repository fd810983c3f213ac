using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Model;

/// <summary>Asks database and twin the same question: series with samples, series alone, label names, label values.</summary>
internal static class Asking
{
    public static void Compare(Database database, Twin twin, Ask ask, long nowMs)
    {
        var (from, to) = (nowMs + ask.FromMs, nowMs + ask.ToMs);
        var matchers = ask.Conditions.Select(Compile).ToArray();
        bool IsAsked(int series) => HoldAll(ask.Conditions, series);
        List<(LabelSet Labels, SortedDictionary<long, string> Samples)> found;
        using (var cursor = database.Select(from, to, matchers, skipChunks: false)) found = StoredSeries.Read(cursor, from, to);
        Expectation.Check(twin, IsAsked, from, to, found);
        CompareWithoutChunks(database, from, to, matchers, found.ConvertAll(static s => s.Labels), twin, ask);
        CompareNames(database, twin, ask, from, to, matchers);
    }

    /// <summary>Labels of whole blocks and of the whole head. With samples out of order, what the head has is known only
    /// roughly, and there may be more.</summary>
    private static void CompareNames(Database database, Twin twin, Ask ask, long from, long to, Matcher[] matchers)
    {
        var isInHead = to >= twin.Min && from <= twin.Max;
        bool IsAsked(int series) => ask.Conditions.All(condition => Holds(series, condition));
        var some = Known(twin, from, to, isInHead).Where(IsAsked).ToList();
        var all = twin.KeepsLate ? Enumerable.Range(0, ModelSeries.Max).Where(IsAsked).ToList() : some;
        Same(Names(some), Names(all), Lines(database.LabelNames(from, to, matchers)), twin.KeepsLate);
        foreach (var name in ModelSeries.Names)
        {
            var values = Lines(database.LabelValues(Encoding.UTF8.GetBytes(name), from, to, matchers));
            Same(Values(some, name), Values(all, name), values, twin.KeepsLate);
        }
    }

    private static void Same(string expected, string most, string found, bool isLoose)
    {
        var lines = found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var isBetween = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(lines.Contains)
            && lines.All(most.Split('\n').Contains);
        if (!isLoose || !isBetween) Difference.None(expected, found);
    }

    /// <summary>Labels alone come by whole chunks: at least the series with samples in range, and only ones that match.</summary>
    private static void CompareWithoutChunks(
        Database database, long from, long to, Matcher[] matchers, List<LabelSet> expected, Twin twin, Ask ask)
    {
        var matching = new HashSet<LabelSet>();
        foreach (var series in twin.Samples.Select(static s => s.Series).Concat(twin.InHead))
        {
            if (ask.Conditions.All(condition => Holds(series, condition))) matching.Add(ModelSeries.Labels(series));
        }
        var found = new List<LabelSet>();
        using var cursor = database.Select(from, to, matchers, skipChunks: true);
        while (cursor.MoveNext()) found.Add(cursor.Labels);
        foreach (var labels in expected) Assert.Contains(labels, found);
        foreach (var labels in found) Assert.Contains(labels, matching);
        for (var i = 1; i < found.Count; i++) Assert.True(found[i - 1] < found[i], $"{found[i]} comes after {found[i - 1]}");
    }

    private static SortedSet<int> Known(Twin twin, long from, long to, bool isHeadAsked)
    {
        var known = new SortedSet<int>();
        foreach (var block in twin.Blocks)
        {
            if (block.Min <= to && from < block.End) known.UnionWith(block.SamplesBySeries.Keys);
        }
        if (isHeadAsked) known.UnionWith(twin.InHead);
        return known;
    }

    /// <summary>Whether a series is selected; no condition selects nothing.</summary>
    public static bool HoldAll(IReadOnlyList<Condition> conditions, int series) =>
        conditions.Count > 0 && conditions.All(condition => Holds(series, condition));

    private static bool Holds(int series, Condition condition)
    {
        var value = ModelSeries.Value(series, condition.Name);
        var isMatch = condition.Type is MatchType.Equal or MatchType.NotEqual
            ? value == condition.Value
            : Regex.IsMatch(value, $@"\A(?:{condition.Value})\z", RegexOptions.Singleline | RegexOptions.CultureInvariant);
        return isMatch == condition.Type is MatchType.Equal or MatchType.Regex;
    }

    /// <summary>The condition for the database.</summary>
    public static Matcher Compile(Condition condition)
    {
        var (name, value) = (Encoding.UTF8.GetBytes(condition.Name), Encoding.UTF8.GetBytes(condition.Value));
        Assert.True(Matcher.TryCreate(condition.Type, name, value, out var matcher, out var error), error);
        return matcher;
    }

    private static string Names(List<int> known)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in known) names.UnionWith(ModelSeries.Pairs(series).Select(static pair => pair.Name));
        return string.Join('\n', names);
    }

    private static string Values(List<int> known, string name)
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in known) values.Add(ModelSeries.Value(series, name));
        values.Remove("");
        return string.Join('\n', values);
    }

    private static string Lines(IReadOnlyList<ReadOnlyMemory<byte>> texts) =>
        string.Join('\n', texts.Select(static text => Encoding.UTF8.GetString(text.Span)));
}
