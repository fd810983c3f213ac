using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Receiver.StoreApi;

/// <summary>One tenant's series as the StoreAPI sees them. The only seam between the services and the database.</summary>
internal abstract class SeriesSource
{
    /// <summary>Name of the tenant.</summary>
    public abstract string TenantId { get; }

    /// <summary>Labels that every series of the tenant carries for the rest of the system.</summary>
    public abstract LabelSet ExternalLabels { get; }

    /// <summary>Oldest time that can be answered; <see cref="long.MaxValue"/> while empty.</summary>
    public abstract long MinTimeMs { get; }

    /// <summary>Whether the tenant is about to be pruned: Series calls skip it.</summary>
    public virtual bool IsReadOnly => false;

    /// <summary>Keeps the tenant open until <see cref="Exit"/>; false when it is being closed.</summary>
    public virtual bool TryEnter() => true;

    /// <summary>Ends one successful <see cref="TryEnter"/>.</summary>
    public virtual void Exit()
    {
    }

    /// <summary>As <see cref="Tsdb.Database.Select"/>.</summary>
    public abstract SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks);

    /// <summary>As <see cref="Tsdb.Database.LabelNames"/>.</summary>
    public abstract IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs,
        ReadOnlySpan<Matcher> matchers);

    /// <summary>As <see cref="Tsdb.Database.LabelValues"/>.</summary>
    public abstract IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(
        ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers);

    /// <summary>As <see cref="Tsdb.Database.SelectExemplars"/>; none by default.</summary>
    public virtual IReadOnlyList<SeriesExemplars> SelectExemplars(
        long minTimeMs, long maxTimeMs, IReadOnlyList<Matcher[]> matchers) => [];

    /// <summary>Numbers of the head; <paramref name="limit"/> entries per list, 0 or more.</summary>
    public abstract HeadStatistics Statistics(int limit);
}
