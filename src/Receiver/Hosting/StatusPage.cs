using System.Globalization;
using System.Net;
using System.Text;
using Receiver.Options;
using Receiver.Telemetry;
using Receiver.Tenancy;

namespace Receiver.Hosting;

/// <summary>The page at <c>/</c>: what this process is, whose data it holds and where it sends what. No scripts, nothing
/// fetched.</summary>
internal sealed class StatusPage(
    ReceiverOptions options, Prober prober, TenantStore? tenants, Func<HashringSnapshot> rings, string storeAddress,
    TimeProvider clock)
{
    private const string Style = """
        :root{color-scheme:light dark;--line:#8884;--soft:#8881;--good:#2a8c4a;--bad:#c0392b}
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem}
        h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
        th{font-weight:600;background:var(--soft)}td.n{text-align:right;font-variant-numeric:tabular-nums}
        .tag{border-radius:1rem;color:#fff;font-size:.8rem;padding:.1rem .7rem}
        .good{background:var(--good)}.bad{background:var(--bad)}
        nav a{margin-right:1rem}code{background:var(--soft);padding:.1rem .3rem}
        """;

    private readonly DateTimeOffset _started = clock.GetUtcNow();

    /// <summary>Writes the page.</summary>
    public Task HandleAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        return PlainReply.WriteAsync(http, StatusCodes.Status200OK, Render(), "text/html; charset=utf-8");
    }

    /// <summary>The page's text.</summary>
    public string Render()
    {
        var page = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>receiver</title><style>").Append(Style).Append("</style>")
            .Append("<h1>receiver <small>").Append(Text(BuildInfo.Version)).Append("</small> ")
            .Append(prober.IsReady ? "<span class=\"tag good\">ready"
                : "<span class=\"tag bad\">not ready").Append("</span></h1>");
        page.Append(
            "<nav><a href=\"/metrics\">metrics</a><a href=\"/-/ready\">ready</a><a href=\"/-/healthy\">healthy</a></nav>");
        AppendProcess(page);
        AppendTenants(page);
        AppendRings(page);
        return page.ToString();
    }

    private string DefaultAlgorithm => options.Receive.IsKetama ? "ketama" : "hashmod";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(long timeMs) => timeMs is long.MaxValue or long.MinValue
        ? "–"
        : DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private void AppendProcess(StringBuilder page)
    {
        page.Append("<h2>Process</h2><table>");
        Row("mode", options.Mode.ToString());
        Row("running since", _started.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        Row("external labels", options.Labels.ToString());
        Row("remote write", options.RemoteWrite.Address + "/api/v1/receive");
        Row("StoreAPI", storeAddress);
        if (options.IsIngestor) Row("data", Path.GetFullPath(options.Storage.Database.Directory));
        Row("bucket", options.Shipper.BucketConfig.Length > 0 ? "configured" : "none: blocks stay local");
        page.Append("</table>");

        void Row(string name, string value) =>
            page.Append("<tr><th>").Append(name).Append("<td><code>").Append(Text(value)).Append("</code>");
    }

    private void AppendTenants(StringBuilder page)
    {
        if (tenants is null) return;
        List<Tenant> open = [.. tenants.Open];
        open.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        page.Append(CultureInfo.InvariantCulture, $"<h2>Tenants ({open.Count})</h2>")
            .Append("<table><tr><th>tenant<th>series in head<th>oldest in head<th>newest in head")
            .Append("<th>blocks<th>uploaded<th>last upload");
        foreach (var tenant in open) AppendTenant(page, tenant);
        page.Append("</table>");
        foreach (var (tenant, progress) in tenants.Replays.Running)
        {
            page.Append("<p>Opening ").Append(Text(tenant)).Append(": ").Append(ReplayWatch.Name(progress.Phase))
                .Append(CultureInfo.InvariantCulture, $" {progress.SegmentsDone} of {progress.SegmentsTotal}</p>");
        }
    }

    private static void AppendTenant(StringBuilder page, Tenant tenant)
    {
        if (!tenant.TryEnter()) return;
        try
        {
            var database = tenant.Database;
            var uploaded = tenant.Uploads?.Uploaded();
            page.Append("<tr><td>").Append(Text(tenant.Id))
                .Append("<td class=n>").Append(Number(database.SeriesCount))
                .Append("<td>").Append(Time(database.HeadMinTimeMs))
                .Append("<td>").Append(Time(database.HeadMaxTimeMs))
                .Append("<td class=n>").Append(Number(BlockCount(tenant.DirectoryPath)))
                .Append("<td class=n>").Append(uploaded is null ? "–" : Number(uploaded.Count))
                .Append("<td>").Append(LastUpload(tenant.DirectoryPath));
        }
        finally { tenant.Exit(); }
    }

    private static int BlockCount(string directory)
    {
        var count = 0;
        foreach (var path in Directory.EnumerateDirectories(directory))
        {
            if (File.Exists(Path.Combine(path, "meta.json"))) count++;
        }
        return count;
    }

    // The state file is rewritten after each pass that uploaded something.
    private static string LastUpload(string directory)
    {
        var state = new FileInfo(Path.Combine(directory, "thanos.shipper.json"));
        return state.Exists ? state.LastWriteTimeUtc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "–";
    }

    private void AppendRings(StringBuilder page)
    {
        var snapshot = rings();
        page.Append("<h2>Hash ring</h2>");
        if (snapshot.Configs.Count == 0)
        {
            page.Append("<p>None: everything is stored here.</p>");
            return;
        }
        page.Append(CultureInfo.InvariantCulture, $"<p>Replication factor {options.Receive.ReplicationFactor}.</p>")
            .Append("<table><tr><th>ring<th>algorithm<th>tenants<th>endpoints");
        foreach (var ring in snapshot.Configs)
        {
            page.Append("<tr><td>").Append(Text(ring.Name.Length > 0 ? ring.Name : "–"))
                .Append("<td>").Append(Text(ring.Algorithm.Length > 0 ? ring.Algorithm : DefaultAlgorithm))
                .Append("<td>").Append(ring.Tenants.Count > 0 ? Text(string.Join(", ", ring.Tenants)) : "all").Append("<td>");
            foreach (var endpoint in ring.Endpoints)
            {
                page.Append("<code>").Append(Text(endpoint.Address)).Append("</code>")
                    .Append(endpoint.Az.Length > 0 ? $" ({Text(endpoint.Az)})" : "")
                    .Append(endpoint.Address == options.Receive.LocalEndpoint ? " (this one)<br>" : "<br>");
            }
        }
        page.Append("</table>");
    }
}
