using Hashring;
using Tsdb.Labels;

namespace Receiver.Hosting;

/// <summary>The rings in use and the document they came from; replaced whole.</summary>
/// <param name="Rings">Where series go.</param>
/// <param name="Configs">The document; empty for the single-node ring.</param>
public sealed record HashringSnapshot(MultiHashring Rings, IReadOnlyList<HashringConfig> Configs)
{
    /// <summary>External labels of literally listed tenants: those of the first ring that lists the tenant.</summary>
    public IReadOnlyDictionary<string, LabelSet> LabelsByTenant()
    {
        var byTenant = new Dictionary<string, LabelSet>(StringComparer.Ordinal);
        foreach (var config in Configs)
        {
            var pairs = new (string, string)[config.ExternalLabels.Count];
            for (var i = 0; i < pairs.Length; i++) pairs[i] = (config.ExternalLabels[i].Key, config.ExternalLabels[i].Value);
            var labels = LabelSet.FromStrings(pairs);
            foreach (var tenant in config.Tenants) byTenant.TryAdd(tenant, labels);
        }
        return byTenant;
    }
}
