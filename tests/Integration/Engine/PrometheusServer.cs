using System.Globalization;
using System.Net;
using System.Text.Json;
using Integration.Fixture;

namespace Integration.Engine;

/// <summary>A real Prometheus 3.5 on a data directory, which scrapes nothing and takes remote writes.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new();
    private readonly ChildProcess _process;
    private readonly Uri _url;

    private PrometheusServer(string directory, string[] more)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePorts.Next()}");
        _url = new Uri($"http://{address}/");
        var config = directory + ".yml";
        File.WriteAllText(config, "global: {scrape_interval: 1h}\n");
        // Ranges as a receiver's, and no retention: nothing may be merged or deleted behind the test's back.
        _process = ChildProcess.Start(NewerTools.Prometheus, [$"--config.file={config}", $"--storage.tsdb.path={directory}",
            "--storage.tsdb.retention.time=100y", "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h",
            "--web.enable-remote-write-receiver", $"--web.listen-address={address}", .. more]);
    }

    /// <summary>What it said.</summary>
    public string Log => _process.Log;

    /// <summary>Starts one and waits until it has replayed the log.</summary>
    /// <param name="directory">The data.</param>
    /// <param name="more">Flags besides the usual ones.</param>
    public static async Task<PrometheusServer> StartAsync(string directory, params string[] more)
    {
        var server = new PrometheusServer(directory, more);
        await Until.TrueAsync(server.IsReadyAsync, Patience, () => server.Log);
        return server;
    }

    /// <summary>Every sample it has.</summary>
    public async Task<Content> ContentAsync(long maxTimeMs)
    {
        var at = (maxTimeMs / 1000) + 1;
        var query = Uri.EscapeDataString("{__name__!=\"\"}[20y]");
        var uri = new Uri(_url, string.Create(CultureInfo.InvariantCulture, $"api/v1/query?query={query}&time={at}"));
        using var answer = await _http.GetAsync(uri);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{text}\n{Log}");
        using var json = JsonDocument.Parse(text);
        return Content.OfQuery(json.RootElement.GetProperty("data").GetProperty("result"));
    }

    /// <summary>Writes samples; they are stored when this returns.</summary>
    public async Task WriteAsync(params ((string Name, string Value)[] Labels, long TimestampMs, double Value)[] samples)
    {
        using var request = WriteBody.Request(new Uri(_url, "api/v1/write"), WriteBody.Of(samples), tenant: "-");
        using var answer = await _http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{Log}");
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process.HasExited, Log);
        try
        {
            using var answer = await _http.GetAsync(new Uri(_url, "-/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false; // It does not listen yet.
        }
    }
}
