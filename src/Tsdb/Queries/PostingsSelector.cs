using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace Tsdb.Queries;

/// <summary>Finds the series that satisfy all of a list of matchers, by postings.</summary>
/// <remarks>
/// A matcher that the empty value fails narrows the result to the series whose value satisfies it. One that the empty value satisfies
/// takes away the series whose value fails it, so that series without the label stay. Narrowing comes first, exact values before lists,
/// lists before patterns, so that costly steps see few candidates.
/// </remarks>
public static class PostingsSelector
{
    // Reading and testing the labels of one series costs about as much as testing this many values of an index.
    private const int ValuesPerSeries = 8;

    /// <summary>References of the series that satisfy all matchers, ascending.</summary>
    /// <param name="source">The index to look in.</param>
    /// <param name="matchers">All must hold. None at all selects nothing.</param>
    public static uint[] Select(IPostingsSource source, ReadOnlySpan<Matcher> matchers)
    {
        if (matchers.IsEmpty) return [];
        var ordered = matchers.ToArray();
        Array.Sort(ordered, static (a, b) => Cost(a).CompareTo(Cost(b)));

        uint[]? selected = null;
        foreach (var matcher in ordered)
        {
            if (selected is { Length: 0 }) return selected;
            if (IsAlwaysTrue(matcher)) continue;
            if (selected is not null && TryFilterByLabels(source, matcher, ref selected)) continue;
            if (matcher.MatchesEmpty) selected = PostingsAlgebra.Filter(selected ?? source.All().Span, Lists(source, matcher, false), false);
            else if (selected is null) selected = PostingsAlgebra.Union(Lists(source, matcher, true));
            else selected = PostingsAlgebra.Filter(selected, Lists(source, matcher, true), true);
        }
        return selected ?? source.All().ToArray();
    }

    /// <summary>Rough order of evaluation: narrowing before taking away, exact before listed before searched.</summary>
    private static int Cost(Matcher matcher)
    {
        var cost = matcher.MatchesEmpty ? 4 : 0;
        if (matcher.Type == MatchType.Equal) return cost;
        return matcher.SetMatches is null ? cost + 2 : cost + 1;
    }

    /// <summary>True for .* and for what upstream's index, where every series has an empty label of empty name, lets through.</summary>
    private static bool IsAlwaysTrue(Matcher matcher) =>
        (matcher.PatternMatchesAll && !matcher.IsNegative)
        || (matcher.Name.IsEmpty && ((matcher.Type == MatchType.NotEqual && matcher.Value.IsEmpty)
            || (matcher.Type == MatchType.Regex && matcher.Value.SequenceEqual(".+"u8))));

    /// <summary>With few candidates and many values it is cheaper to look at the candidates' own labels.</summary>
    private static bool TryFilterByLabels(IPostingsSource source, Matcher matcher, ref uint[] selected)
    {
        if (source is not ILabelSource labels || !NeedsWalk(matcher) || matcher.Name.IsEmpty) return false;
        if (selected.Length > source.Values(matcher.Name).Count / ValuesPerSeries) return false;
        var kept = 0;
        foreach (var seriesRef in selected)
        {
            if (matcher.Matches(labels.LabelsOf(seriesRef).Find(matcher.Name))) selected[kept++] = seriesRef;
        }
        selected = selected[..kept];
        return true;
    }

    /// <summary>Asking for "pattern matches" is a look-up of its texts; without such a list, or for the opposite, all values are walked.</summary>
    private static bool NeedsWalk(Matcher matcher) => matcher.SetMatches is null || matcher.MatchesEmpty != matcher.IsNegative;

    /// <summary>Postings of every stored value that satisfies the matcher, or of every one that fails it.</summary>
    private static List<ReadOnlyMemory<uint>> Lists(IPostingsSource source, Matcher matcher, bool satisfying)
    {
        var wantsPattern = satisfying != matcher.IsNegative;
        var lists = new List<ReadOnlyMemory<uint>>();
        if (wantsPattern && matcher.SetMatches is { } texts)
        {
            foreach (var text in texts)
            {
                // The empty value means "no such label", which no list says; only the empty name has it as a stored value.
                if (text.Length > 0) AddIfAny(lists, source.Find(matcher.Name, text));
            }
            return lists;
        }
        if (matcher.Name.IsEmpty) return lists;
        var values = source.Values(matcher.Name);
        for (var i = wantsPattern ? LowerBound(values, matcher.Prefix) : 0; i < values.Count; i++)
        {
            var value = values[i].Span;
            // Values are sorted: behind the last one with the prefix nothing can match any more.
            if (wantsPattern && !value.StartsWith(matcher.Prefix)) break;
            if (matcher.Matches(value) == satisfying) AddIfAny(lists, source.Find(matcher.Name, value));
        }
        return lists;
    }

    private static void AddIfAny(List<ReadOnlyMemory<uint>> lists, ReadOnlyMemory<uint> list)
    {
        if (!list.IsEmpty) lists.Add(list);
    }

    private static int LowerBound(IReadOnlyList<ReadOnlyMemory<byte>> values, ReadOnlySpan<byte> target)
    {
        if (target.IsEmpty) return 0;
        var (low, high) = (0, values.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (values[middle].Span.SequenceCompareTo(target) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
