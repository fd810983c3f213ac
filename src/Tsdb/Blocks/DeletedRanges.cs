namespace Tsdb.Blocks;

/// <summary>Sets of deleted times: lists of ranges that ascend and neither overlap nor touch.</summary>
internal static class DeletedRanges
{
    /// <summary>A new list with one more range.</summary>
    /// <param name="ranges">Ascending, neither overlapping nor touching; unchanged.</param>
    /// <param name="added">Its lower end is not above its upper one.</param>
    public static DeletedRange[] Add(IReadOnlyList<DeletedRange> ranges, DeletedRange added)
    {
        var result = new List<DeletedRange>(ranges.Count + 1);
        var isPlaced = false;
        for (var i = 0; i < ranges.Count; i++)
        {
            var range = ranges[i];
            if (!isPlaced && IsBefore(added, range))
            {
                result.Add(added);
                isPlaced = true;
            }
            if (isPlaced || IsBefore(range, added)) result.Add(range);
            else added = Hull(range, added);
        }
        if (!isPlaced) result.Add(added);
        return [.. result];
    }

    /// <summary>Sorts ranges in any order and merges those that overlap or touch.</summary>
    public static void Normalise(List<DeletedRange> ranges)
    {
        ranges.Sort(static (a, b) => a.MinTimeMs.CompareTo(b.MinTimeMs));
        var kept = 0;
        for (var i = 1; i < ranges.Count; i++)
        {
            if (IsBefore(ranges[kept], ranges[i])) ranges[++kept] = ranges[i];
            else ranges[kept] = Hull(ranges[kept], ranges[i]);
        }
        ranges.RemoveRange(kept + 1, ranges.Count - kept - 1);
    }

    /// <summary>Whether a time is left between two ranges, the first of which is the earlier one: ranges one millisecond apart
    /// leave none.</summary>
    private static bool IsBefore(DeletedRange first, DeletedRange second) =>
        first.MaxTimeMs != long.MaxValue && first.MaxTimeMs + 1 < second.MinTimeMs;

    private static DeletedRange Hull(DeletedRange a, DeletedRange b) =>
        new(Math.Min(a.MinTimeMs, b.MinTimeMs), Math.Max(a.MaxTimeMs, b.MaxTimeMs));
}
