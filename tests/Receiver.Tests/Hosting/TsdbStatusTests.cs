using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Hosting;
using Receiver.Options;
using Receiver.Telemetry;
using Receiver.Tenancy;
using TestKit;

namespace Receiver.Tests.Hosting;

/// <summary>The TSDB status of recorded bodies, compared with what upstream answered about them.</summary>
public sealed class TsdbStatusTests : IAsyncLifetime, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("receiver-status-").FullName;
    private readonly HttpClient _client = new();
    private TenantStore _tenants = null!;
    private WritePath _writes = null!;
    private Listener _listener = null!;

    public async Task InitializeAsync()
    {
        var arguments = Arguments.Read(["receive", "--label=r=\"0\"", $"--tsdb.path={_directory}"], static _ => null);
        var options = arguments.Options!;
        _tenants = new(Wiring.Tenancy(options, memoryLimitBytes: 1L << 40), null, NullLogger<TenantStore>.Instance);
        _writes = new(options, _tenants, 1L << 30, new MetricRegistry(), TimeProvider.System, NullLoggerFactory.Instance);
        var status = new TsdbStatusEndpoint(() => _tenants.Open, () => _writes.IsReady, "THANOS-TENANT", "default-tenant");
        var routes = new RouteTable(isStrict: true, NullLogger.Instance).Add("GET", TsdbStatusEndpoint.Path, status.HandleAsync);
        _writes.Map(routes);
        _listener =
            await Ports.RemoteWriteAsync(new() { Address = "127.0.0.1:0", Tls = new() }, NullLoggerFactory.Instance, routes);
        await _listener.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _writes.DisposeAsync();
        await _tenants.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Get_BeforeTheRing_Is500()
    {
        var (status, body) = await GetAsync("/api/v1/status/tsdb", []);
        Assert.Equal((500, """{"status":"error","errorType":"internal","error":"service unavailable"}"""), (status, body));
    }

    [Fact]
    public async Task Get_NegativeOrHugeLimit_DoesNoHarm()
    {
        await LoadAsync();
        Assert.Equal(400, (await GetAsync("/api/v1/status/tsdb?limit=-1", [])).Status);
        Assert.Equal(200, (await GetAsync("/api/v1/status/tsdb?limit=9223372036854775807", [])).Status);
    }

    [Fact]
    public async Task Get_RecordedCases_AgreeWithUpstream()
    {
        await LoadAsync();
        var compared = 0;
        foreach (var file in Golden.Files("process/http", "cases*.json"))
        {
            using var json = await JsonDocument.ParseAsync(Golden.Open(file));
            foreach (var row in json.RootElement.GetProperty("cases").EnumerateArray())
            {
                if (!IsComparable(row)) continue;
                var headers = row.GetProperty("request_headers").Deserialize<Dictionary<string, string>>()!;
                headers.Remove("Accept-Encoding");
                var path = row.GetProperty("path").GetString()!;
                var (status, body) = await GetAsync(path, headers);
                Assert.Equal(row.GetProperty("status").GetInt32(), status);
                var expected = row.GetProperty("body").GetString()!;
                if (status != 200) Assert.Equal(expected, body);
                else Assert.Equal(Normalize(expected), Normalize(body));
                compared++;
            }
        }
        Assert.True(compared > 0, $"only {compared} cases compared");
    }

    private static bool IsComparable(JsonElement row) =>
        row.GetProperty("port").GetString() == "remote-write"
        && row.GetProperty("method").GetString() == "GET"
        && row.GetProperty("path").GetString()!.StartsWith("/api/v1/status/tsdb", StringComparison.Ordinal)
        && !row.GetProperty("path").GetString()!.EndsWith('/')
        && row.GetProperty("state").GetString() == "loaded"
        && !row.TryGetProperty("stale_cache", out _)
        && row.TryGetProperty("body", out _);

    /// <summary>Values only, entries of equal value being in random order upstream; the order of everything else
    /// counts.</summary>
    private static string Normalize(string body)
    {
        using var json = JsonDocument.Parse(body);
        var text = new List<string>();
        foreach (var tenant in json.RootElement.GetProperty("data").EnumerateArray())
        {
            foreach (var property in tenant.EnumerateObject())
            {
                text.Add(property.Name);
                if (property.Value.ValueKind != JsonValueKind.Array) text.Add(property.Value.GetRawText());
                else foreach (var entry in property.Value.EnumerateArray()) text.Add(entry.GetProperty("value").GetRawText());
            }
        }
        return string.Join('|', text);
    }

    private async Task LoadAsync()
    {
        await _writes.SetRingsAsync(new(Hashring.MultiHashring.FromSingle(new("", "", "")), []));
        (string Tenant, string File)[] bodies =
            [("default-tenant", "rw-p-1.bin"), ("team-a", "rw-p-2.bin"), ("team-b", "rw-p-3.bin")];
        foreach (var (tenant, name) in bodies)
        {
            var file = Assert.Single(Golden.Files("process/http/bodies", name));
            using var request = new HttpRequestMessage(HttpMethod.Post, Uri("/api/v1/receive"));
            request.Content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            request.Headers.Add("THANOS-TENANT", tenant);
            using var reply = await _client.SendAsync(request);
            Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        }
    }

    private async Task<(int Status, string Body)> GetAsync(string path, Dictionary<string, string> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(path));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var reply = await _client.SendAsync(request);
        Assert.Equal("application/json", reply.Content.Headers.ContentType?.ToString());
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private Uri Uri(string path) => new($"http://{_listener.BoundAddress}{path}");
}
