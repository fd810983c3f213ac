using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Integration.Fixture;

/// <summary>A remote-write request that passed: its compressed body, the status that the sender saw, and who was asked.</summary>
internal sealed record Exchange(byte[] Body, int Status, Uri Target)
{
    public bool IsAcknowledged => Status is >= 200 and < 300;
}

/// <summary>Stands between a sender and receivers: hands each request to the next receiver in turn, keeps body and
/// answer.</summary>
/// <remarks>
/// It names the tenant, as an authenticating proxy does: Prometheus 2.42 does not send the headers of its configuration.
/// A receiver that cannot be reached makes the answer 503, upon which senders retry.
/// </remarks>
internal sealed class RecordingTee : IAsyncDisposable
{
    private static readonly string[] Passed =
        ["Content-Type", "Content-Encoding", "X-Prometheus-Remote-Write-Version", "User-Agent"];

    private readonly WebApplication _app;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly IReadOnlyList<Uri> _targets;
    private readonly string _tenant;
    private readonly Lock _gate = new();
    private readonly List<Exchange> _exchanges = [];
    private int _turn;

    private RecordingTee(WebApplication app, IReadOnlyList<Uri> targets, string tenant) =>
        (_app, _targets, _tenant) = (app, targets, tenant);

    /// <summary>Where the sender writes to.</summary>
    public Uri Url => new(new Uri(_app.Urls.GetEnumerator() is var u && u.MoveNext() ? u.Current : ""), "/api/v1/receive");

    /// <summary>What passed so far, in the order of the answers.</summary>
    public List<Exchange> Exchanges
    {
        get { lock (_gate) return [.. _exchanges]; }
    }

    public static async Task<RecordingTee> StartAsync(IReadOnlyList<Uri> targets, string tenant)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var tee = new RecordingTee(app, targets, tenant);
        app.Run(tee.HandleAsync);
        await app.StartAsync();
        return tee;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var target = _targets[(int)((uint)Interlocked.Increment(ref _turn) % (uint)_targets.Count)];
        var (status, text) = await ForwardAsync(context.Request, target, body);
        lock (_gate) _exchanges.Add(new Exchange(body, status, target));
        context.Response.StatusCode = status;
        if (text.Length > 0) await context.Response.WriteAsync(text);
    }

    private async Task<(int Status, string Text)> ForwardAsync(HttpRequest request, Uri target, byte[] body)
    {
        using var forwarded = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
        forwarded.Headers.Add("THANOS-TENANT", _tenant);
        foreach (var name in Passed)
        {
            if (!request.Headers.TryGetValue(name, out var value)) continue;
            if (!forwarded.Headers.TryAddWithoutValidation(name, value.ToString()))
                forwarded.Content.Headers.TryAddWithoutValidation(name, value.ToString());
        }
        try
        {
            using var response = await _client.SendAsync(forwarded);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }
}
