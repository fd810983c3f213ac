using System.IO.Compression;
using Tsdb.Memory;

namespace Receiver.Telemetry;

/// <summary>Answers a scrape: chooses the form and the encoding by the request's headers.</summary>
public sealed class MetricsEndpoint(MetricRegistry registry)
{
    /// <summary>Writes the reply. Gzip when accepted; no other encoding, as upstream.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        var format = MetricFormat.Negotiate(http.Request.Headers.Accept);
        http.Response.ContentType = format.ContentType;
        if (HttpMethods.IsHead(http.Request.Method)) return;
        using var text = new ByteBuffer(1 << 16);
        registry.Write(text, format);
        if (!AcceptEncoding.HasGzip(http.Request.Headers.AcceptEncoding.ToString()))
        {
            http.Response.ContentLength = text.Length;
            await http.Response.Body.WriteAsync(text.WrittenMemory, http.RequestAborted);
            return;
        }
        http.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(text.WrittenMemory, http.RequestAborted);
    }
}
