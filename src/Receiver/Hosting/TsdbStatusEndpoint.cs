using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Receiver.Telemetry;
using Receiver.Tenancy;
using Tsdb.Head;

namespace Receiver.Hosting;

/// <summary>GET /api/v1/status/tsdb: how large the heads are and which labels make them so, one tenant or all.</summary>
/// <remarks>
/// Local data only. A negative limit is refused; it ends upstream's process. Requests take turns, so that asking often cannot
/// slow
/// down the creation of series. Source: pkg/api/status/v1.go.
/// </remarks>
/// <param name="tenants">The open tenants; empty in a router.</param>
/// <param name="isServing">Whether there is a hashring.</param>
/// <param name="tenantHeader">Header that names the tenant.</param>
/// <param name="defaultTenant">Tenant of requests that name none.</param>
internal sealed class TsdbStatusEndpoint(
    Func<IReadOnlyList<Tenant>> tenants, Func<bool> isServing, string tenantHeader, string defaultTenant)
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/api/v1/status/tsdb";

    private const int LimitDefault = 10;
    private const int GzipFromBytes = 1024; // Smaller bodies stay plain, as upstream's handler has it.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _turn = new(); // Guards nothing but the processor's time.

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.AccessControlAllowHeaders = "Accept, Accept-Encoding, Authorization, Content-Type, Origin";
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "Date";
        var asked = http.Request.Headers[tenantHeader].ToString();
        var isAll = http.Request.Query["all_tenants"] is [var all, ..] && all == "true";
        if (!isServing()) await FailAsync(http, StatusCodes.Status500InternalServerError, "internal", "service unavailable");
        else if (isAll && asked.Length > 0)
            await FailAsync(http, 400, "bad_data",
                $"using both the all_tenants parameter and the {tenantHeader} header is not supported");
        else if (ReadLimit(http.Request.Query["limit"], out var limit) is { } error)
            await FailAsync(http, 400, "bad_data", $"unable to parse 'limit' parameter: {error}");
        else await SucceedAsync(http, isAll ? null : asked.Length > 0 ? asked : defaultTenant, limit);
    }

    /// <summary>Reads the limit as Go's ParseInt with base 10 does; what is beyond any list's length is cut down.</summary>
    private static string? ReadLimit(Microsoft.Extensions.Primitives.StringValues values, out int limit)
    {
        limit = LimitDefault;
        if (values is not [{ Length: > 0 } text, ..]) return null;
        var digits = text.AsSpan(text[0] is '+' or '-' ? 1 : 0);
        if (digits.Length == 0 || digits.ContainsAnyExceptInRange('0', '9'))
            return $"strconv.ParseInt: parsing {Options.Values.GoText.Quote(text)}: invalid syntax";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return $"strconv.ParseInt: parsing {Options.Values.GoText.Quote(text)}: value out of range";
        limit = (int)Math.Clamp(number, 0, int.MaxValue);
        return number < 0 ? "must not be negative" : null;
    }

    private static Task FailAsync(HttpContext http, int status, string type, string error)
    {
        http.Response.Headers.CacheControl = "no-store";
        return WriteAsync(http, status, json =>
        {
            json.WriteString("status", "error");
            json.WriteString("errorType", type);
            json.WriteString("error", error);
        });
    }

    private Task SucceedAsync(HttpContext http, string? only, int limit) => WriteAsync(http, StatusCodes.Status200OK, json =>
    {
        List<Tenant> open = [.. tenants()];
        open.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        json.WriteString("status", "success");
        json.WriteStartArray("data");
        lock (_turn)
        {
            foreach (var tenant in open)
            {
                if (only is null || tenant.Id == only) Describe(json, tenant, limit);
            }
        }
        json.WriteEndArray();
    });

    private static void Describe(Utf8JsonWriter json, Tenant tenant, int limit)
    {
        if (!tenant.TryEnter()) return;
        try
        {
            var (database, labels) = (tenant.Database, tenant.Database.LabelStatistics(limit));
            json.WriteStartObject();
            json.WriteString("tenant", tenant.Id);
            json.WriteStartObject("headStats");
            json.WriteNumber("numSeries", database.SeriesCount);
            json.WriteNumber("numLabelPairs", labels.PairCount);
            json.WriteNumber("chunkCount", database.ChunkCount);
            json.WriteNumber("minTime", database.HeadMinTimeMs);
            json.WriteNumber("maxTime", database.HeadMaxTimeMs);
            json.WriteEndObject();
            Write(json, "seriesCountByMetricName", labels.SeriesByMetricName);
            Write(json, "labelValueCountByLabelName", labels.ValuesByLabelName);
            Write(json, "memoryInBytesByLabelName", labels.BytesByLabelName);
            Write(json, "seriesCountByLabelValuePair", labels.SeriesByLabelPair);
            json.WriteEndObject();
        }
        finally { tenant.Exit(); }
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<LabelStatistic> list)
    {
        json.WriteStartArray(name);
        foreach (var entry in list)
        {
            json.WriteStartObject();
            // Through text, which puts U+FFFD in the place of bytes that are not UTF-8, as Go's encoder does.
            json.WriteString("name", System.Text.Encoding.UTF8.GetString(entry.Name.Span));
            json.WriteNumber("value", entry.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static async Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(body, Json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        if (body.WrittenCount < GzipFromBytes || !AcceptEncoding.HasGzip(http.Request.Headers.AcceptEncoding.ToString()))
        {
            http.Response.ContentLength = body.WrittenCount;
            await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
            return;
        }
        http.Response.Headers.ContentEncoding = "gzip";
        http.Response.Headers.Vary = "Accept-Encoding";
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }
}
