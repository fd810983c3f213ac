namespace Hashring;

/// <summary>Which part of the series a sharded query asks this store for (StoreAPI shard_info).</summary>
/// <param name="ShardIndex">The part wanted, 0 or more; one that is not below the total matches nothing.</param>
/// <param name="TotalShards">Number of parts; 0 or less means the query is not sharded and everything matches.</param>
/// <param name="By">True: only the listed labels are hashed. False: all labels except the listed ones.</param>
/// <param name="Labels">UTF-8 names of the list.</param>
/// <remarks>
/// Source: pkg/store/storepb/shard_info.go. A label set without any label that takes part has the hash of no bytes.
/// </remarks>
public sealed record ShardMatcher(long ShardIndex, long TotalShards, bool By, IReadOnlyList<byte[]> Labels)
{
    /// <summary>Whether any series can be left out.</summary>
    public bool IsSharded => TotalShards > 0;

    /// <summary>Whether a label takes part in the hash; feed those that do to a cleared <see cref="SeriesHasher"/>.</summary>
    public bool TakesPart(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Labels.Count; i++)
        {
            if (name.SequenceEqual(Labels[i])) return By;
        }
        return !By;
    }

    /// <summary>Whether a series belongs to the part wanted.</summary>
    /// <param name="labelsHash">Hash of the labels that take part, in order of the complete, sorted label set.</param>
    public bool Matches(ulong labelsHash) => !IsSharded || labelsHash % (ulong)TotalShards == (ulong)ShardIndex;
}
