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
        if (!AcceptsGzip(http.Request.Headers.AcceptEncoding.ToString()))
        {
            http.Response.ContentLength = text.Length;
            await http.Response.Body.WriteAsync(text.WrittenMemory, http.RequestAborted);
            return;
        }
        http.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(text.WrittenMemory, http.RequestAborted);
    }

    private static bool AcceptsGzip(string header)
    {
        foreach (var range in header.AsSpan().Split(','))
        {
            var offer = header.AsSpan()[range].Trim();
            var end = offer.IndexOf(';');
            var name = end < 0 ? offer : offer[..end].TrimEnd();
            if (name.Equals("gzip", StringComparison.OrdinalIgnoreCase)) return !offer.EndsWith("q=0", StringComparison.Ordinal);
        }
        return false;
    }
}
