using System.Collections.Concurrent;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ObjStore.Tests.S3;

/// <summary>
/// What S3 looks like from a client's side, in memory and with faults on demand. The real servers are tested in Integration.
/// </summary>
internal sealed class FakeS3 : IAsyncDisposable
{
    private readonly WebApplication _server;
    private int _uploadIds;

    private FakeS3(WebApplication server) => _server = server;

    /// <summary>Called before each request is served; true when it has answered (or cut) the request itself.</summary>
    public Func<HttpContext, Task<bool>> Fault { get; set; } = static _ => Task.FromResult(false);

    public SortedDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, SortedDictionary<int, byte[]>> OpenUploads { get; } = new();

    public ConcurrentQueue<(string Method, string PathAndQuery, IHeaderDictionary Headers)> Requests { get; } = new();

    public int PageSize { get; set; } = 1000;

    public string Endpoint { get; private set; } = "";

    /// <param name="certificate">With one it speaks TLS.</param>
    public static async Task<FakeS3> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null) listen.UseHttps(certificate);
            });
        });
        var app = builder.Build();
        var fake = new FakeS3(app);
        app.Run(fake.ServeAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        fake.Endpoint = new Uri(address).Authority;
        return fake;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue((request.Method, request.Path + request.QueryString.Value,
            new HeaderDictionary(request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase))));
        if (await Fault(context)) return;
        var key = request.Path.Value!.Split('/', 3) is [_, _, var rest] ? rest : "";
        var (method, query) = (request.Method, request.Query);
        if (method == "GET" && key.Length == 0) await ListAsync(context);
        else if (method == "POST" && query.ContainsKey("uploads")) await BeginUploadAsync(context, key);
        else if (method == "POST") await CompleteAsync(context, key, query["uploadId"]!);
        else if (method == "PUT") await PutAsync(context, key);
        else if (method == "DELETE" && query.ContainsKey("uploadId")) Abort(context, query["uploadId"]!);
        else if (method == "DELETE") Delete(context, key);
        else await ReadAsync(context, key);
    }

    private async Task PutAsync(HttpContext context, string key)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (context.Request.Query.TryGetValue("uploadId", out var uploadId))
        {
            var parts = OpenUploads[uploadId!];
            lock (parts) parts[int.Parse(context.Request.Query["partNumber"]!, CultureInfo.InvariantCulture)] = body.ToArray();
        }
        else
        {
            lock (Objects) Objects[key] = body.ToArray();
        }
        context.Response.Headers.ETag = "\"etag\"";
    }

    private Task BeginUploadAsync(HttpContext context, string key)
    {
        var id = Interlocked.Increment(ref _uploadIds).ToString(CultureInfo.InvariantCulture);
        OpenUploads[id] = [];
        return XmlAsync(
            context, $"<InitiateMultipartUploadResult><Key>{key}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
    }

    private Task CompleteAsync(HttpContext context, string key, string uploadId)
    {
        OpenUploads.TryRemove(uploadId, out var parts);
        lock (Objects) Objects[key] = [.. parts!.Values.SelectMany(static part => part)];
        return XmlAsync(
            context, $"<CompleteMultipartUploadResult><Key>{key}</Key><ETag>\"etag\"</ETag></CompleteMultipartUploadResult>");
    }

    private void Abort(HttpContext context, string uploadId)
    {
        OpenUploads.TryRemove(uploadId, out _);
        context.Response.StatusCode = 204;
    }

    private void Delete(HttpContext context, string key)
    {
        lock (Objects) Objects.Remove(key);
        context.Response.StatusCode = 204;
    }

    private async Task ReadAsync(HttpContext context, string key)
    {
        byte[]? content;
        lock (Objects) Objects.TryGetValue(key, out content);
        if (content is null) context.Response.StatusCode = 404;
        if (context.Request.Method == "HEAD") context.Response.ContentLength = content?.Length ?? 0;
        else if (content is null) await XmlAsync(context, "<Error><Code>NoSuchKey</Code></Error>");
        else await context.Response.Body.WriteAsync(content);
    }

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (prefix, after) = (query["prefix"].ToString(), query["continuation-token"].ToString() + query["marker"]);
        List<string> keys;
        lock (Objects)
            keys = [.. Objects.Keys.Where(
                k => k.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(k, after) > 0).Take(PageSize + 1)];
        var more = keys.Count > PageSize;
        if (more) keys.RemoveAt(PageSize);
        var xml = new StringBuilder("<ListBucketResult>");
        foreach (var key in keys)
            xml.Append(CultureInfo.InvariantCulture, $"<Contents><Key>{key}</Key><Size>1</Size></Contents>");
        xml.Append(CultureInfo.InvariantCulture, $"<IsTruncated>{(more ? "true" : "false")}</IsTruncated>");
        if (more && query.ContainsKey("list-type"))
            xml.Append(CultureInfo.InvariantCulture, $"<NextContinuationToken>{keys[^1]}</NextContinuationToken>");
        return XmlAsync(context, xml.Append("</ListBucketResult>").ToString());
    }

    public static Task XmlAsync(HttpContext context, string xml)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync("<?xml version=\"1.0\"?>" + xml);
    }

    /// <summary>Answers with a status and drains nothing: what an overloaded server does.</summary>
    public static async Task<bool> AnswerAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        await XmlAsync(context, $"<Error><Code>{code}</Code></Error>");
        return true;
    }

    /// <summary>Resets the connection.</summary>
    public static Task<bool> CutAsync(HttpContext context)
    {
        context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
        return Task.FromResult(true);
    }
}
