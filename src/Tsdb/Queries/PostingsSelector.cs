using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace Tsdb.Queries;

/// <summary>Finds the series that satisfy all of a list of matchers, by postings.</summary>
/// <remarks>
/// A matcher that the empty value fails narrows the result to the series whose value satisfies it. One that the empty value
/// satisfies
/// takes away the series whose value fails it, so that series without the label stay. Narrowing comes first, exact values
/// before lists,
/// lists before patterns, so that costly steps see few candidates.
/// </remarks>
internal static class PostingsSelector
{
    // Reading and testing the labels of one series costs about as much as testing this many values of an index.
    private const int ValuesPerSeries = 8;

    // Looking at one label of a series costs about as much as copying and merging this many entries of a list.
    private const int EntriesPerLabel = 4;

    /// <summary>References of the series that satisfy all matchers, ascending.</summary>
    /// <param name="source">The index to look in.</param>
    /// <param name="matchers">All must hold. None at all selects nothing.</param>
    public static uint[] Select(IPostingsSource source, ReadOnlySpan<Matcher> matchers)
    {
        if (matchers.IsEmpty) return [];
        var ordered = matchers.ToArray();
        Array.Sort(ordered, static (a, b) => Cost(a).CompareTo(Cost(b)));
        if (source is ILabelFilter filter && ordered.Length > 1) PutSmallestFirst(filter, ordered);

        uint[]? selected = null;
        foreach (var matcher in ordered)
        {
            if (selected is { Length: 0 }) return selected;
            if (!IsAlwaysTrue(matcher)) selected = Apply(source, matcher, selected);
        }
        return selected ?? source.All().ToArray();
    }

    /// <summary>Of the exact values that narrow, begins with the one that fewest series carry.</summary>
    private static void PutSmallestFirst(ILabelFilter source, Matcher[] ordered)
    {
        var (smallest, least) = (0, long.MaxValue);
        for (var i = 0; i < ordered.Length && Cost(ordered[i]) == 0; i++)
        {
            var estimate = source.Estimate(ordered[i]);
            if (estimate < least) (smallest, least) = (i, estimate);
        }
        (ordered[0], ordered[smallest]) = (ordered[smallest], ordered[0]);
    }

    /// <summary>What is left of the series selected so far; null stands for all.</summary>
    private static uint[] Apply(IPostingsSource source, Matcher matcher, uint[]? selected)
    {
        if (selected is not null && source is ILabelFilter filter && !matcher.Name.IsEmpty
            && selected.Length * EntriesPerLabel < filter.Estimate(matcher)) return filter.Keep(selected, matcher);
        var walks = NeedsWalk(matcher) && !matcher.Name.IsEmpty;
        IReadOnlyList<ReadOnlyMemory<byte>> values = walks ? source.Values(matcher.Name) : [];
        // With few candidates and many values it is cheaper to look at the candidates' own labels.
        if (selected is not null && source is ILabelSource labels && selected.Length < values.Count / ValuesPerSeries)
            return FilterByLabels(labels, matcher, selected);
        var lists = Lists(source, matcher, values, satisfying: !matcher.MatchesEmpty);
        if (matcher.MatchesEmpty) return PostingsAlgebra.Filter(selected ?? source.All().Span, lists, keepFound: false);
        return selected is null ? PostingsAlgebra.Union(lists) : PostingsAlgebra.Filter(selected, lists, keepFound: true);
    }

    /// <summary>Rough order of evaluation: narrowing before taking away, exact before listed before searched.</summary>
    private static int Cost(Matcher matcher)
    {
        var cost = matcher.MatchesEmpty ? 4 : 0;
        if (matcher.Type == MatchType.Equal) return cost;
        return matcher.SetMatches is null ? cost + 2 : cost + 1;
    }

    /// <summary>True for .* and for what upstream's index, where every series has an empty label of empty name, lets
    /// through.</summary>
    private static bool IsAlwaysTrue(Matcher matcher) =>
        (matcher.PatternMatchesAll && !matcher.IsNegative)
        || (matcher.Name.IsEmpty && ((matcher.Type == MatchType.NotEqual && matcher.Value.IsEmpty)
            || (matcher.Type == MatchType.Regex && matcher.Value.SequenceEqual(".+"u8))));

    private static uint[] FilterByLabels(ILabelSource source, Matcher matcher, uint[] selected)
    {
        var kept = 0;
        foreach (var seriesRef in selected)
        {
            if (matcher.Matches(source.LabelsOf(seriesRef).Find(matcher.Name))) selected[kept++] = seriesRef;
        }
        return selected[..kept];
    }

    /// <summary>Asking for "pattern matches" is a look-up of its texts; without such a list, or for the opposite, all values
    /// are walked.</summary>
    private static bool NeedsWalk(Matcher matcher) => matcher.SetMatches is null || matcher.MatchesEmpty != matcher.IsNegative;

    /// <summary>Postings of every stored value that satisfies the matcher, or of every one that fails it.</summary>
    private static List<ReadOnlyMemory<uint>> Lists(
        IPostingsSource source, Matcher matcher, IReadOnlyList<ReadOnlyMemory<byte>> values, bool satisfying)
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
