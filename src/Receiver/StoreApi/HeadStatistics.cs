namespace Receiver.StoreApi;

/// <summary>A name and how often, or how much.</summary>
/// <param name="Name">UTF-8.</param>
/// <param name="Value">Count or bytes.</param>
public readonly record struct StatisticEntry(ReadOnlyMemory<byte> Name, ulong Value);

/// <summary>What a head says about itself. Lists are descending by value.</summary>
public sealed record HeadStatistics
{
    /// <summary>Series in the head.</summary>
    public ulong SeriesCount { get; init; }

    /// <summary>Distinct name=value pairs.</summary>
    public long LabelPairCount { get; init; }

    /// <summary>Lowest time, Unix milliseconds; <see cref="long.MaxValue"/> while empty.</summary>
    public long MinTimeMs { get; init; }

    /// <summary>Newest time, Unix milliseconds; 0 while empty.</summary>
    public long MaxTimeMs { get; init; }

    /// <summary>Series per metric name.</summary>
    public IReadOnlyList<StatisticEntry> SeriesByMetricName { get; init; } = [];

    /// <summary>Distinct values per label name.</summary>
    public IReadOnlyList<StatisticEntry> ValuesByLabelName { get; init; } = [];

    /// <summary>Bytes of name and value, 32 more each, over all series that carry the label.</summary>
    public IReadOnlyList<StatisticEntry> BytesByLabelName { get; init; } = [];

    /// <summary>Series per name=value pair.</summary>
    public IReadOnlyList<StatisticEntry> SeriesByLabelPair { get; init; } = [];
}
