namespace Receiver.RemoteWrite;

/// <summary>Which remote-write protocol the headers announce.</summary>
public static class ProtocolVersion
{
    private const string VersionHeader = "X-Prometheus-Remote-Write-Version";
    private const string Version2 = "2.0.0";
    private const string Version2ContentType = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    /// <summary>Decides by the headers alone, before a byte of the body is read.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Stored for version 1.0, else the refusal.</returns>
    /// <remarks>Only the exact header 2.0.0 makes the content type count; everything else is read as 1.0.</remarks>
    public static WriteResult Check(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(VersionHeader, out var version) || version.Count == 0 || version[0] != Version2)
            return WriteResult.Stored;
        return request.ContentType switch
        {
            null or "" => WriteResult.Malformed("missing Content-Type header"),
            Version2ContentType => new WriteResult(
                WriteOutcome.Unsupported, "remote write 2.0 is not accepted, send prometheus.WriteRequest"),
            _ => WriteResult.Stored,
        };
    }
}
