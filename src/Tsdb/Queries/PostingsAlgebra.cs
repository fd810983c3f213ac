namespace Tsdb.Queries;

/// <summary>Intersection, union and difference of ascending reference lists.</summary>
internal static class PostingsAlgebra
{
    /// <summary>References in any of the lists, ascending, without repeats.</summary>
    public static uint[] Union(IReadOnlyList<ReadOnlyMemory<uint>> lists)
    {
        var count = 0L;
        uint first = uint.MaxValue;
        uint last = 0;
        foreach (var list in lists)
        {
            if (list.IsEmpty) continue;
            count += list.Length;
            first = Math.Min(first, list.Span[0]);
            last = Math.Max(last, list.Span[^1]);
        }
        if (count == 0) return [];
        if (lists.Count == 1) return lists[0].ToArray();
        if (!RefSet.IsDense(first, last, count)) return SortedUnion(lists, count);
        using var set = RefSet.Between(first, last);
        foreach (var list in lists) set.AddAll(list.Span);
        return set.ToArray();
    }

    /// <summary>References of the first list that are in any of the others, or in none of them.</summary>
    /// <param name="candidates">Ascending references.</param>
    /// <param name="lists">Ascending references each.</param>
    /// <param name="keepFound">True keeps what the lists have (intersection), false what they lack (difference).</param>
    public static uint[] Filter(ReadOnlySpan<uint> candidates, IReadOnlyList<ReadOnlyMemory<uint>> lists, bool keepFound)
    {
        if (candidates.IsEmpty) return [];
        var found = new bool[candidates.Length];
        var isDense = RefSet.IsDense(candidates[0], candidates[^1], candidates.Length);
        if (isDense && lists.Count > 1) MarkDense(candidates, lists, found);
        else
        {
            foreach (var list in lists) MarkGalloping(candidates, list.Span, found);
        }
        var kept = 0;
        foreach (var isFound in found) kept += isFound == keepFound ? 1 : 0;
        var refs = new uint[kept];
        var at = 0;
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i] == keepFound) refs[at++] = candidates[i];
        }
        return refs;
    }

    /// <summary>Whether two ascending lists share a reference.</summary>
    public static bool Overlaps(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right)
    {
        if (left.Length > right.Length)
        {
            var shorter = right;
            right = left;
            left = shorter;
        }
        foreach (var seriesRef in left)
        {
            right = right[Gallop(right, seriesRef)..];
            if (right.IsEmpty) return false;
            if (right[0] == seriesRef) return true;
        }
        return false;
    }

    /// <summary>Sets a bit per list entry, then looks every candidate up: linear in both.</summary>
    private static void MarkDense(ReadOnlySpan<uint> candidates, IReadOnlyList<ReadOnlyMemory<uint>> lists, bool[] found)
    {
        using var set = RefSet.Between(candidates[0], candidates[^1]);
        foreach (var list in lists)
        {
            // Entries outside the candidates' bounds have no bit.
            var inside = list.Span[LowerBound(list.Span, candidates[0])..];
            var end = LowerBound(inside, candidates[^1]);
            if (end < inside.Length && inside[end] == candidates[^1]) end++;
            set.AddAll(inside[..end]);
        }
        for (var i = 0; i < candidates.Length; i++) found[i] = set.Contains(candidates[i]);
    }

    /// <summary>Walks the shorter list and leaps through the longer one: logarithmic in the longer one per step.</summary>
    private static void MarkGalloping(ReadOnlySpan<uint> candidates, ReadOnlySpan<uint> list, bool[] found)
    {
        var (left, right) = (0, 0);
        while (left < candidates.Length && right < list.Length)
        {
            var (candidate, entry) = (candidates[left], list[right]);
            if (candidate == entry)
            {
                found[left++] = true;
                right++;
            }
            else if (candidate < entry) left += Gallop(candidates[left..], entry);
            else right += Gallop(list[right..], candidate);
        }
    }

    /// <summary>Index of the first entry that is not below the target, found in doubling steps from the front.</summary>
    private static int Gallop(ReadOnlySpan<uint> list, uint target)
    {
        var (low, step) = (0, 1);
        while (step < list.Length && list[step] < target)
        {
            low = step;
            step *= 2;
        }
        return low + LowerBound(list[low..Math.Min(step, list.Length)], target);
    }

    private static int LowerBound(ReadOnlySpan<uint> list, uint target)
    {
        var (low, high) = (0, list.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (list[middle] < target) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static uint[] SortedUnion(IReadOnlyList<ReadOnlyMemory<uint>> lists, long count)
    {
        var refs = new uint[count];
        var at = 0;
        foreach (var list in lists)
        {
            list.Span.CopyTo(refs.AsSpan(at));
            at += list.Length;
        }
        Array.Sort(refs);
        var kept = 1;
        for (var i = 1; i < refs.Length; i++)
        {
            if (refs[i] != refs[kept - 1]) refs[kept++] = refs[i];
        }
        return refs[..kept];
    }
}
