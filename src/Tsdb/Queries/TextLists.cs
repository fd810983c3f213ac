namespace Tsdb.Queries;

/// <summary>Sorted lists of UTF-8 texts.</summary>
internal static class TextLists
{
    /// <summary>Merges lists that are ascending by bytes into one without repetitions.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Merge(IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>> lists)
    {
        if (lists.Count == 0) return [];
        var merged = lists[0];
        for (var i = 1; i < lists.Count; i++) merged = Merge(merged, lists[i]);
        return merged;
    }

    private static List<ReadOnlyMemory<byte>> Merge(IReadOnlyList<ReadOnlyMemory<byte>> left,
        IReadOnlyList<ReadOnlyMemory<byte>> right)
    {
        var merged = new List<ReadOnlyMemory<byte>>(left.Count + right.Count);
        var (l, r) = (0, 0);
        while (l < left.Count && r < right.Count)
        {
            var order = left[l].Span.SequenceCompareTo(right[r].Span);
            merged.Add(order <= 0 ? left[l] : right[r]);
            if (order <= 0) l++;
            if (order >= 0) r++;
        }
        for (; l < left.Count; l++) merged.Add(left[l]);
        for (; r < right.Count; r++) merged.Add(right[r]);
        return merged;
    }
}
