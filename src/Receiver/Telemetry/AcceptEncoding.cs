namespace Receiver.Telemetry;

/// <summary>What a client can decompress.</summary>
internal static class AcceptEncoding
{
    /// <summary>Whether an Accept-Encoding header takes gzip.</summary>
    public static bool HasGzip(string header)
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
