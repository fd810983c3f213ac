using Tsdb.Labels;

namespace Tsdb.Queries;

/// <summary>Lists the label names and values that occur on the series satisfying some matchers.</summary>
internal static class LabelSelector
{
    /// <summary>Names on the selected series, ascending by bytes; without matchers, all names.</summary>
    /// <param name="source">The index to look in.</param>
    /// <param name="matchers">All must hold; none at all means every series.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> LabelNamesOf(ILabelSource source, ReadOnlySpan<Matcher> matchers)
    {
        if (matchers.IsEmpty) return source.Names();
        var refs = PostingsSelector.Select(source, matchers);
        if (refs.Length == 0) return [];
        var known = source.Names();
        var seen = new bool[known.Count];
        var left = known.Count;
        foreach (var seriesRef in refs)
        {
            foreach (var label in source.LabelsOf(seriesRef))
            {
                var at = IndexOf(known, label.Name);
                if (at < 0 || seen[at]) continue;
                seen[at] = true;
                left--;
            }
            if (left == 0) return known;
        }
        var names = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < seen.Length; i++)
        {
            if (seen[i]) names.Add(known[i]);
        }
        return names;
    }

    /// <summary>Values of one label on the selected series, ascending by bytes; without matchers, all its values.</summary>
    /// <param name="source">The index to look in.</param>
    /// <param name="name">Label name, UTF-8.</param>
    /// <param name="matchers">All must hold; none at all means every series.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> LabelValuesOf(
        IPostingsSource source, ReadOnlySpan<byte> name, ReadOnlySpan<Matcher> matchers)
    {
        if (matchers.IsEmpty) return source.Values(name);
        var candidates = source.Values(name);
        if (candidates.Count == 0) return [];
        var refs = PostingsSelector.Select(source, matchers);
        if (refs.Length == 0) return [];
        var values = new List<ReadOnlyMemory<byte>>();
        using var selected = RefSet.IsDense(refs[0], refs[^1], refs.Length) ? RefSet.Between(refs[0], refs[^1]) : null;
        selected?.AddAll(refs);
        for (var i = 0; i < candidates.Count; i++)
        {
            var postings = source.Find(name, candidates[i].Span).Span;
            var occurs = selected is null ? PostingsAlgebra.Overlaps(refs, postings) : ContainsAny(selected, postings);
            if (occurs) values.Add(candidates[i]);
        }
        return values;
    }

    private static bool ContainsAny(RefSet selected, ReadOnlySpan<uint> postings)
    {
        foreach (var seriesRef in postings)
        {
            if (selected.Contains(seriesRef)) return true;
        }
        return false;
    }

    private static int IndexOf(IReadOnlyList<ReadOnlyMemory<byte>> sorted, ReadOnlySpan<byte> target)
    {
        var (low, high) = (0, sorted.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = sorted[middle].Span.SequenceCompareTo(target);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
