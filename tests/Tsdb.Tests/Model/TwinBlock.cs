namespace Tsdb.Tests.Model;

/// <summary>A block: which series it has, and at how many times each.</summary>
/// <param name="min">Lower bound, inclusive.</param>
/// <param name="end">Upper bound, exclusive.</param>
/// <param name="isLate">Whether its samples came out of order.</param>
internal sealed class TwinBlock(long min, long end, bool isLate)
{
    /// <summary>Lower bound, inclusive.</summary>
    public long Min { get; private set; } = min;

    /// <summary>Upper bound, exclusive.</summary>
    public long End => end;

    /// <summary>Whether its samples came out of order.</summary>
    public bool IsLate => isLate;

    /// <summary>Whether samples were deleted in it that it still has on disk.</summary>
    public bool HasDeletions { get; set; }

    /// <summary>Time of its last sample; null once it was written again without deleted ones, which may have been the
    /// last.</summary>
    public long? Last { get; set; }

    /// <summary>Where a start takes it to end: a cut across a gap looks as if its end were damaged (decision 0118).</summary>
    /// <param name="blockMs">How long a block may last.</param>
    public long EndAtStart(long blockMs) => Last is { } last && end - last > blockMs ? last + 1 : end;

    /// <summary>Times by series.</summary>
    public SortedDictionary<int, int> SamplesBySeries { get; } = [];

    /// <summary>Takes over a lower bound that was known only roughly.</summary>
    public void AdoptMin(long from) => Min = Math.Min(Min, from);

    /// <summary>Takes those of the values at one time of a series that belong here.</summary>
    public void Take(int series, List<Held> held, Predicate<Held> belongs)
    {
        var isTaken = false;
        foreach (var value in held)
        {
            if (!belongs(value)) continue;
            value.Block = this;
            isTaken = true;
        }
        if (isTaken) SamplesBySeries[series] = SamplesBySeries.GetValueOrDefault(series) + 1;
    }

    /// <summary>Forgets one time of a series.</summary>
    public void Drop(int series)
    {
        if (--SamplesBySeries[series] == 0) SamplesBySeries.Remove(series);
    }

    /// <summary>What a block's meta.json says of it.</summary>
    public override string ToString()
    {
        var samples = 0;
        foreach (var count in SamplesBySeries.Values) samples += count;
        return $"{(IsLate ? "late " : "")}block {Min} to {End}: {SamplesBySeries.Count} series, {samples} samples";
    }
}
