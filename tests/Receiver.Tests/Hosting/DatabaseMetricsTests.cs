using System.Linq;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Hosting;
using Receiver.Options;
using Receiver.Telemetry;
using Receiver.Tenancy;
using TestKit;
using Tsdb.Memory;

namespace Receiver.Tests.Hosting;

/// <summary>What dashboards and alerts read of a tenant's database: names, types, labels, buckets and quantiles.</summary>
public sealed class DatabaseMetricsTests
{
    [Fact]
    public async Task GoldenFamilies_OfTheDatabase_AreExportedAlike()
    {
        var exported = await ScrapeAsync();
        var compared = 0;
        foreach (var file in Golden.Files("process/metrics", "families*.json"))
        {
            using var json = await JsonDocument.ParseAsync(Golden.Open(file));
            foreach (var family in json.RootElement.EnumerateArray())
            {
                var name = family.GetProperty("name").GetString()!;
                if (!name.StartsWith("prometheus_tsdb_", StringComparison.Ordinal)) continue;
                Assert.True(exported.ContainsKey(name), $"{name} is not exported");
                AssertAlike(family, exported[name], name);
                compared++;
            }
        }
        Assert.True(compared > 50, $"only {compared} families were recorded");
    }

    private static void AssertAlike(JsonElement family, Family exported, string name)
    {
        Assert.Equal(family.GetProperty("type").GetString(), exported.Type);
        foreach (var label in family.GetProperty("labels").EnumerateObject())
        {
            Assert.True(exported.Labels.ContainsKey(label.Name), $"{name} lacks the label {label.Name}");
            if (label.Name is not ("tenant" or "le" or "quantile"))
                Assert.Superset(Texts(label.Value), exported.Labels[label.Name]);
        }
        if (family.TryGetProperty("buckets", out var buckets)) Assert.Equal(Texts(buckets), exported.Labels["le"]);
        if (family.TryGetProperty("quantiles", out var ranks)) Assert.Equal(Texts(ranks), exported.Labels["quantile"]);
    }

    private static HashSet<string> Texts(JsonElement list) =>
        [.. list.EnumerateArray().Select(static text => text.GetString()!)];

    private static async Task<Dictionary<string, Family>> ScrapeAsync()
    {
        using var folder = new TempFolder();
        string[] flags = ["receive", "--label=r=\"0\"", $"--tsdb.path={folder.Path}", "--tsdb.out-of-order.time-window=1h",
            "--tsdb.max-exemplars=5"];
        var options = Arguments.Read(flags, static _ => null).Options!;
        await using var tenants = new TenantStore(
            Wiring.Tenancy(options, memoryLimitBytes: 1L << 40), null, NullLogger<TenantStore>.Instance);
        var tenant = await tenants.GetOrOpenAsync("t", default);
        using var writer = new MetricWriter(MetricFormat.Text);
        DatabaseMetrics.Write(writer, tenant);
        using var text = new ByteBuffer();
        writer.Finish(text);
        return Parse(Encoding.UTF8.GetString(text.Written));
    }

    private static Dictionary<string, Family> Parse(string exposition)
    {
        var families = new Dictionary<string, Family>();
        Family? current = null;
        var lines = exposition.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var series = lines.Where(static line => line[0] != '#').Select(static line => line[..line.LastIndexOf(' ')]);
        Assert.DoesNotContain(series.GroupBy(static line => line), static group => group.Count() > 1);
        foreach (var line in lines)
        {
            if (line.Split(' ') is ["#", "TYPE", var name, var type]) families[name] = current = new Family(type, []);
            if (line[0] == '#' || line.IndexOf('{', StringComparison.Ordinal) is var open && open < 0) continue;
            foreach (var pair in line[(open + 1)..line.LastIndexOf('}')].Split(','))
            {
                var parts = pair.Split('=', 2);
                if (!current!.Labels.TryGetValue(parts[0], out var values)) current.Labels[parts[0]] = values = [];
                values.Add(parts[1].Trim('"'));
            }
        }
        return families;
    }

    private sealed record Family(string Type, Dictionary<string, HashSet<string>> Labels);
}
