using Receiver.StoreApi;
using Receiver.Tenancy;
using Tsdb.Head;

namespace Receiver.Hosting;

/// <summary>Gives the Status service what a tenant's database knows about its labels.</summary>
internal static class TenantStatistics
{
    /// <summary>The numbers of a tenant's head; it must have been entered.</summary>
    public static HeadStatistics Of(Tenant tenant, int limit)
    {
        var database = tenant.Database;
        var labels = database.LabelStatistics(limit);
        return new()
        {
            SeriesCount = (ulong)database.SeriesCount,
            LabelPairCount = labels.PairCount,
            MinTimeMs = database.HeadMinTimeMs,
            MaxTimeMs = Math.Max(database.HeadMaxTimeMs, 0),
            SeriesByMetricName = Convert(labels.SeriesByMetricName),
            ValuesByLabelName = Convert(labels.ValuesByLabelName),
            BytesByLabelName = Convert(labels.BytesByLabelName),
            SeriesByLabelPair = Convert(labels.SeriesByLabelPair),
        };
    }

    private static StatisticEntry[] Convert(IReadOnlyList<LabelStatistic> list)
    {
        var entries = new StatisticEntry[list.Count];
        for (var i = 0; i < entries.Length; i++) entries[i] = new(list[i].Name, (ulong)list[i].Value);
        return entries;
    }
}
