using System.Net;
using System.Net.Sockets;
using System.Linq;
using System.Text;
using Hashring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using TestKit;
using Tsdb;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Databases in a temporary folder, opened when first written to.</summary>
internal sealed class FolderDatabases(string folder, int exemplarsMax = 0) : ITenantDatabases, IDisposable
{
    public Dictionary<string, Database> Open { get; } = new(StringComparer.Ordinal);

    public ValueTask<Database> OpenAsync(string tenant, CancellationToken stop)
    {
        lock (Open) // A node may be asked for two replicas at once.
        {
            if (!Open.TryGetValue(tenant, out var database))
            {
                var options = new DatabaseOptions { Directory = Path.Combine(folder, tenant), ExemplarsMax = exemplarsMax };
                Open.Add(tenant, database = Database.Open(options));
            }
            return new ValueTask<Database>(database);
        }
    }

    public void Dispose()
    {
        foreach (var database in Open.Values) database.Dispose();
    }
}

/// <summary>The endpoint behind a real Kestrel, alone on its ring, and a client that sends recorded requests byte for
/// byte.</summary>
internal sealed class ReceiveServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder _folder = new();
    private int _port;

    public ReceiveServer(Endpoint self)
    {
        Databases = new FolderDatabases(_folder.Path);
        var options = new RemoteWriteOptions();
        var metrics = new WriteMetrics(Registry, TimeSpan.FromSeconds(5));
        var replication = new ReplicationOptions { Mode = RoutingMode.RouterIngestor, LocalEndpoint = self.Address };
        Fanout = new Fanout(
            replication, new LocalWriter(Databases), _ => throw new InvalidOperationException(), metrics, TimeProvider.System);
        var endpoint = new RemoteWriteEndpoint(
            options, new BodyReader(options, Budget), Batches, Fanout, metrics, TimeProvider.System,
            NullLogger<RemoteWriteEndpoint>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
            kestrel.Limits.MaxRequestBufferSize = 2 << 20;
        });
        _app = builder.Build();
        endpoint.Map(_app);
        _app.Map("{**path}", RemoteWriteEndpoint.AnswerUnknownAsync);
        Self = self;
    }

    public Endpoint Self { get; }

    public Fanout Fanout { get; }

    public FolderDatabases Databases { get; }

    public MetricRegistry Registry { get; } = new();

    public BodyBudget Budget { get; } = new(0);

    public BatchPool Batches { get; } = new(4);

    public async Task StartAsync(bool withRing = true)
    {
        if (withRing) await Fanout.SetRingsAsync(MultiHashring.FromSingle(Self));
        await _app.StartAsync();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _port = new Uri(address).Port;
    }

    /// <summary>Sends a request as it was recorded and reads one answer.</summary>
    public async Task<(int Status, string Headers, string Body)> SendAsync(
        string method, string path, string version, IReadOnlyList<(string Name, string Value)> headers, byte[] body,
        bool isChunked, bool halfClose)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        var stream = client.GetStream();
        var head = new StringBuilder().Append(method).Append(' ').Append(path).Append(" HTTP/").Append(version).Append("\r\n");
        foreach (var (name, value) in headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        head.Append("\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.ToString()));
        if (isChunked) await SendChunksAsync(stream, body);
        else await stream.WriteAsync(body);
        if (halfClose) client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            return await ReadAsync(stream, method == "HEAD");
        }
        catch (IOException e)
        {
            return (0, "", e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Fanout.DisposeAsync();
        Databases.Dispose();
        _folder.Dispose();
    }

    private static async Task SendChunksAsync(NetworkStream stream, byte[] body)
    {
        for (var at = 0; at < body.Length; at += 16)
        {
            var part = body.AsMemory(at, Math.Min(16, body.Length - at));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(part.Length.ToString("x", provider: null) + "\r\n"));
            await stream.WriteAsync(part);
            await stream.WriteAsync("\r\n"u8.ToArray());
        }
        await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
    }

    private static async Task<(int Status, string Headers, string Body)> ReadAsync(NetworkStream stream, bool isHead)
    {
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. received]);
            if (text.StartsWith("HTTP/1.1 100", StringComparison.Ordinal))
                text = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var length = 0;
                foreach (var line in text[..end].Split("\r\n"))
                {
                    if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                        length = int.Parse(line.AsSpan(15), provider: null);
                }
                var body = text[(end + 4)..];
                if (isHead || Encoding.UTF8.GetByteCount(body) >= length)
                    return (int.Parse(text.AsSpan(9, 3), provider: null), text[..end], body);
            }
            var count = await stream.ReadAsync(buffer);
            if (count == 0) return (0, "", Encoding.UTF8.GetString([.. received]));
            received.AddRange(buffer.AsSpan(0, count));
        }
    }
}
