using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Grpc;
using Receiver.Tenancy;

namespace Receiver.StoreApi;

/// <summary>Everything Thanos Query calls on a receiver, except writing.</summary>
public static class StoreApiServices
{
    /// <summary>Adds the services Info, Store, Exemplars and Status to a server.</summary>
    /// <param name="server">Where to add them.</param>
    /// <param name="tenants">The open tenants, a snapshot a call; empty in a pure router.</param>
    /// <param name="isReady">Whether the process is ready: Info and Status fail before.</param>
    /// <param name="options">Limits.</param>
    /// <param name="metrics">Counts calls; nobody counts when null.</param>
    /// <param name="statistics">Numbers of a tenant's head with so many entries a list; only the basic ones when null.</param>
    /// <param name="log">Told about tenants that cannot be read.</param>
    public static void Map(GrpcServer server, Func<IReadOnlyList<Tenant>> tenants, Func<bool> isReady, StoreApiOptions options,
        StoreApiMetrics? metrics = null, Func<Tenant, int, HeadStatistics>? statistics = null, ILogger? log = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(tenants);
        Map(server, Sources, isReady, options, metrics, log ?? NullLogger.Instance);

        IReadOnlyList<SeriesSource> Sources()
        {
            var open = tenants();
            var sources = new SeriesSource[open.Count];
            for (var i = 0; i < sources.Length; i++) sources[i] = new TenantSource(open[i], statistics);
            return sources;
        }
    }

    /// <summary>As the public one, over any sources.</summary>
    internal static void Map(GrpcServer server, Func<IReadOnlyList<SeriesSource>> sources, Func<bool> isReady,
        StoreApiOptions options, StoreApiMetrics? metrics, ILogger log)
    {
        var labels = new LabelService(sources, log);
        server.AddUnary("/thanos.info.Info/Info", new InfoService(sources, isReady).HandleAsync);
        server.AddStream("/thanos.Store/Series", new SeriesService(sources, options, metrics, log).HandleAsync);
        server.AddUnary("/thanos.Store/LabelNames", labels.NamesAsync);
        server.AddUnary("/thanos.Store/LabelValues", labels.ValuesAsync);
        server.AddStream("/thanos.Exemplars/Exemplars", new ExemplarService(sources).HandleAsync);
        server.AddStream("/thanos.Status/TSDBStatistics", new StatusService(sources, isReady).HandleAsync);
    }
}
