using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Hosting;
using Receiver.Telemetry;
using TestKit;

namespace Receiver.Tests.Hosting;

public sealed class ListenerTests : IAsyncLifetime
{
    private readonly MetricRegistry _registry = new();
    private readonly Prober _prober;
    private Listener _http = null!, _remoteWrite = null!;

    public ListenerTests() => _prober = new(_registry, NullLogger<Prober>.Instance);

    public async Task InitializeAsync()
    {
        var metrics = new MetricsEndpoint(_registry);
        _http = await Ports.HttpAsync(
            new() { Address = "127.0.0.1:0", GracePeriod = TimeSpan.Zero },
            NullLoggerFactory.Instance,
            new RouteTable(isStrict: false, NullLogger.Instance).AddProbes(_prober, metrics));
        var routes = new RouteTable(isStrict: true, NullLogger.Instance)
            .Add("POST", "/api/v1/receive", AnswerAsync)
            .Add("POST", "/api/v1/otlp", AnswerAsync)
            .Add("GET", "/api/v1/status/tsdb", AnswerAsync);
        _remoteWrite =
            await Ports.RemoteWriteAsync(new() { Address = "127.0.0.1:0", Tls = new() }, NullLoggerFactory.Instance, routes);
        await _http.StartAsync();
        await _remoteWrite.StartAsync();
        _prober.Healthy();
        _prober.Ready();
    }

    public async Task DisposeAsync()
    {
        await _http.DisposeAsync();
        await _remoteWrite.DisposeAsync();
    }

    public static TheoryData<string, string, string, string> GoldenCases()
    {
        var cases = new TheoryData<string, string, string, string>();
        foreach (var file in Golden.Files("process/http", "cases*.json"))
        {
            using var json = JsonDocument.Parse(Golden.Open(file));
            foreach (var row in json.RootElement.GetProperty("cases").EnumerateArray())
            {
                if (!IsOurs(row)) continue;
                cases.Add(
                    row.GetProperty("port").GetString()!, row.GetProperty("method").GetString()!,
                    row.GetProperty("path").GetString()!, row.GetRawText());
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(GoldenCases))]
    public async Task Request_RecordedPath_IsAnsweredAsUpstreamDoes(string port, string method, string path, string record)
    {
        using var json = JsonDocument.Parse(record);
        var (status, headers, body) = await SendAsync(port == "http" ? _http : _remoteWrite, method, path);
        Assert.Equal(json.RootElement.GetProperty("status").GetInt32(), status);
        foreach (var header in json.RootElement.GetProperty("headers").EnumerateObject())
        {
            if (header.Name is not ("transfer-encoding" or "content-length"))
                Assert.Equal(header.Value.GetString(), headers.GetValueOrDefault(header.Name));
        }
        if (json.RootElement.TryGetProperty("body", out var expected)) Assert.Equal(expected.GetString(), body);
    }

    [Fact]
    public async Task Probes_WhenNeither_Answer503()
    {
        _prober.NotReady("test");
        _prober.NotHealthy("test");
        foreach (var path in (string[])["/-/ready", "/-/healthy"])
        {
            var (status, _, body) = await SendAsync(_http, "GET", path);
            Assert.Equal((503, "NOT OK\n"), (status, body));
        }
    }

    [Fact]
    public async Task Start_PortTaken_SaysWhichFlagAndWhatToDo()
    {
        var address = _http.BoundAddress;
        await using var second = await Ports.HttpAsync(
            new() { Address = address, GracePeriod = TimeSpan.Zero }, NullLoggerFactory.Instance,
            new RouteTable(isStrict: false, NullLogger.Instance));
        var error = await Assert.ThrowsAsync<StartException>(second.StartAsync);
        Assert.Contains($"listen tcp {address}: bind: address already in use", error.Message, StringComparison.Ordinal);
        Assert.Contains("--http-address", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    // The status page and profiling differ on purpose; what handlers answer is tested with the handlers.
    private static bool IsOurs(JsonElement row)
    {
        var (path, port, status) =
            (row.GetProperty("path").GetString()!, row.GetProperty("port").GetString(), row.GetProperty("status").GetInt32());
        if (port == "http") return !path.StartsWith("/debug", StringComparison.Ordinal) && path is not ("/" or "/metrics");
        return status is 404 or 405 or 301 or 307 || row.GetProperty("method").GetString() == "OPTIONS";
    }

    private static Task AnswerAsync(HttpContext http) => PlainReply.WriteAsync(http, 200, "");

    /// <summary>Speaks HTTP by hand: clients tidy up paths before they send them.</summary>
    private static async Task<(int Status, Dictionary<string, string> Headers, string Body)> SendAsync(Listener listener,
        string method, string path)
    {
        using var client = new TcpClient();
        var host = new Uri($"http://{listener.BoundAddress}");
        await client.ConnectAsync(host.Host, host.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = text[..end].Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 2)..];
        }
        return (int.Parse(lines[0].Split(' ')[1], null), headers, text[(end + 4)..]);
    }
}
