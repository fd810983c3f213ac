using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Receiver.Telemetry;

/// <summary>One of the text forms a scrape can ask for.</summary>
/// <param name="IsOpenMetrics">Whether the OpenMetrics rules apply (counter families without <c>_total</c>, closing EOF
/// line).</param>
/// <param name="ContentType">What the reply declares, parameters included.</param>
public readonly record struct MetricFormat(bool IsOpenMetrics, string ContentType)
{
    private const string OpenMetricsType = "application/openmetrics-text";

    /// <summary>The Prometheus text format 0.0.4: what everyone gets who does not ask for more.</summary>
    public static MetricFormat Text { get; } = new(false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");

    /// <summary>Chooses by an Accept header: the client's best-liked form that we write, else plain text.</summary>
    /// <param name="accept">Value of the header; null, empty and garbage mean plain text.</param>
    public static MetricFormat Negotiate(string? accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept is null ? [] : [accept], out var offers)) return Text;
        var (best, bestQuality) = (Text, -1.0);
        foreach (var offer in offers)
        {
            var quality = offer.Quality ?? 1.0;
            if (quality > bestQuality && TryMatch(offer, out var format)) (best, bestQuality) = (format, quality);
        }
        return best;
    }

    private static bool TryMatch(MediaTypeHeaderValue offer, out MetricFormat format)
    {
        var (version, escaping) = (Parameter(offer, "version"), Parameter(offer, "escaping"));
        if (escaping is not ("allow-utf-8" or "dots" or "values")) escaping = "underscores";
        format = Text;
        if (offer.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase) && version is "" or "0.0.1" or "1.0.0")
        {
            var written = version == "1.0.0" ? version : "0.0.1";
            format = new(true, string.Create(
                CultureInfo.InvariantCulture, $"{OpenMetricsType}; version={written}; charset=utf-8; escaping={escaping}"));
            return true;
        }
        if (!offer.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase) || version is not ("" or "0.0.4"))
            return false;
        format = new(false, $"text/plain; version=0.0.4; charset=utf-8; escaping={escaping}");
        return true;
    }

    private static string Parameter(MediaTypeHeaderValue offer, string name)
    {
        foreach (var parameter in offer.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return parameter.Value.ToString().Trim('"');
        }
        return "";
    }
}
