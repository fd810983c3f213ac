using Receiver.Tenancy;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Receiver.StoreApi;

/// <summary>A tenant of this process as a source of series.</summary>
/// <param name="tenant">The tenant.</param>
/// <param name="statistics">Numbers of its head; null when nobody can tell.</param>
internal sealed class TenantSource(Tenant tenant, Func<Tenant, int, HeadStatistics>? statistics) : SeriesSource
{
    /// <inheritdoc/>
    public override string TenantId => tenant.Id;

    /// <inheritdoc/>
    public override LabelSet ExternalLabels => tenant.ExternalLabels;

    /// <inheritdoc/>
    public override long MinTimeMs => tenant.Database.MinTimeMs;

    /// <inheritdoc/>
    public override bool IsReadOnly => tenant.IsReadOnly;

    /// <inheritdoc/>
    public override bool TryEnter() => tenant.TryEnter();

    /// <inheritdoc/>
    public override void Exit() => tenant.Exit();

    /// <inheritdoc/>
    public override SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks) =>
        tenant.Database.Select(minTimeMs, maxTimeMs, matchers, skipChunks);

    /// <inheritdoc/>
    public override IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs,
        ReadOnlySpan<Matcher> matchers) =>
        tenant.Database.LabelNames(minTimeMs, maxTimeMs, matchers);

    /// <inheritdoc/>
    public override IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(
        ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers) =>
        tenant.Database.LabelValues(name, minTimeMs, maxTimeMs, matchers);

    /// <inheritdoc/>
    public override IReadOnlyList<SeriesExemplars> SelectExemplars(
        long minTimeMs, long maxTimeMs, IReadOnlyList<Matcher[]> matchers) =>
        tenant.Database.SelectExemplars(minTimeMs, maxTimeMs, matchers);

    /// <inheritdoc/>
    public override HeadStatistics Statistics(int limit)
    {
        if (statistics is not null) return statistics(tenant, limit);
        var database = tenant.Database;
        return new HeadStatistics
        {
            SeriesCount = (ulong)database.SeriesCount,
            MinTimeMs = database.HeadMinTimeMs,
            MaxTimeMs = Math.Max(database.HeadMaxTimeMs, 0),
        };
    }
}
