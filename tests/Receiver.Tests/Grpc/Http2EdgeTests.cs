using System.Linq;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Grpc;
using Receiver.StoreApi;
using Receiver.Tests.StoreApi;
using TestKit;

namespace Receiver.Tests.Grpc;

/// <summary>Requests that were captured against the real receiver, with its answers: status, headers, trailers.</summary>
public class Http2EdgeTests
{
    // These need frames that an HTTP client cannot be made to send, or never get an answer.
    private static readonly HashSet<string> NotExpressible =
    [
        "malformed-path-2", "connection-header", "two-host", "end-stream-on-headers", "cancelled-before-body",
        "timeout-waiting-for-body",
        "length-over-limit", "length-max-announced", "health-watch-unknown", "method-get",
    ];

    public static IEnumerable<object[]> Cases() =>
        from file in Golden.Files("storeapi", "http2-edge.jsonl")
        from line in Golden.Lines(file)
        let id = JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()
        where !NotExpressible.Contains(id)
        select new object[] { id, line };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Request_CapturedFromUpstream_IsAnsweredTheSame(string id, string line)
    {
        var expected = JsonDocument.Parse(line).RootElement;
        await using var host = await GrpcHost.StartAsync(Map);
        using var client = new HttpClient();
        using var request = Request(host.Address, expected);

        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();

        var headers = expected.GetProperty("response_frames").EnumerateArray()
            .Where(f => f.GetProperty("type").GetString() == "HEADERS")
            .SelectMany(f => f.GetProperty("headers").EnumerateArray())
            .ToDictionary(h => h[0].GetString()!, h => h[1].GetString()!);
        Assert.Equal(headers[":status"], ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(headers["content-type"], response.Content.Headers.ContentType?.ToString());
        Assert.Equal(headers["grpc-status"], Value(response, "grpc-status"));
        Assert.Equal(headers["grpc-message"], Value(response, "grpc-message") ?? "");
        var data = expected.GetProperty("response_frames").EnumerateArray()
            .Where(f => f.GetProperty("type").GetString() == "DATA")
            .Select(f => f.GetProperty("data_b64").GetString()!).ToArray();
        Assert.Equal(data.Length > 0, body.Length > 0);
        if (id.StartsWith("health-", StringComparison.Ordinal) && data.Length > 0)
            Assert.Equal(data.Single(), Convert.ToBase64String(body));
        if (id.StartsWith("reflection-", StringComparison.Ordinal))
            Assert.Equal(Convert.ToHexStringLower([.. data.SelectMany(Convert.FromBase64String)]),
                Convert.ToHexStringLower(body));
    }

    private static void Map(GrpcServer server)
    {
        var source = new FakeSource("team-a", FakeSource.Labels("region=eu-1,replica=r1,tenant_id=team-a"))
            .Add("__name__=late_metric,job=new", 1767582000000, 1767582000000);
        StoreApiServices.Map(server, () => [source], () => true, new StoreApiOptions(), null, NullLogger.Instance);
        server.AddUnary("/thanos.WriteableStore/RemoteWrite", GrpcHost.EchoAsync);
        var health = new HealthService();
        health.Map(server);
        health.SetServing(true);
        ReflectionService.Map(server);
    }

    private static HttpRequestMessage Request(string address, JsonElement captured)
    {
        var headers = captured.GetProperty("request_headers").EnumerateArray().ToDictionary(h => h[0].GetString()!,
            h => h[1].GetString()!);
        var content = new ByteArrayContent(Convert.FromBase64String(captured.GetProperty("request_data_b64").GetString() ?? ""));
        if (headers.TryGetValue("content-type", out var type)) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        var request = new HttpRequestMessage(new HttpMethod(headers[":method"]), new Uri($"http://{address}{headers[":path"]}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        foreach (var (name, value) in headers)
        {
            if (name[0] != ':' && name != "content-type") request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    private static string? Value(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values)
            ? values.First() : null;
}
