using System.Text.Json;
using TestKit;
using Tsdb.Labels;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Recorded requests of the plain server, in the order recorded, through a real HTTP server into real
/// databases.</summary>
public class ReceiveAnswersTests
{
    [Fact]
    public async Task Post_RecordedVersion1Requests_GetTheRecordedAnswers()
    {
        await using var server = new ReceiveServer(new Endpoint("127.0.0.1:21111", "127.0.0.1:19391", ""));
        await server.StartAsync();
        var compared = 0;
        var differences = new List<string>();
        foreach (var file in Golden.Files("remote-write/receive-answers", "cases.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                if (row.GetProperty("server").GetString() != "base" || IsDecidedOtherwise(row)) continue;
                compared++;
                var difference = await CompareAsync(server, row, Path.GetDirectoryName(file)!);
                if (difference is not null) differences.Add(difference);
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join('\n', differences)}");
        Assert.True(compared > 0, $"only {compared} requests compared");
        AssertHistograms(server.Databases);
        Assert.Equal(0, server.Batches.Outstanding);
        Assert.Equal(0, server.Budget.Bytes);
    }

    /// <summary>The databases hold the histograms that the recorded server's held in the end, and no others.</summary>
    private static void AssertHistograms(FolderDatabases databases)
    {
        var compared = 0;
        var expected = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var file in Golden.Files("remote-write/receive-answers", "stored.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                var tenant = row.GetProperty("tenant").GetString()!;
                // Version 2.0 is another part.
                if (row.GetProperty("server").GetString() != "base" || tenant == "pub-rw2") continue;
                foreach (var histogram in row.GetProperty("histograms").EnumerateArray())
                {
                    var pairs = new List<(string, string)>();
                    foreach (var label in row.GetProperty("labels").EnumerateArray())
                        pairs.Add((label.GetProperty("name").GetString()!, label.GetProperty("value").GetString()!));
                    if (!expected.TryGetValue(tenant, out var set))
                        expected.Add(tenant, set = new SortedSet<string>(StringComparer.Ordinal));
                    var t = histogram.GetProperty("t").GetString();
                    set.Add($"{LabelSet.FromStrings([.. pairs])} {t} {HistogramText.Of(histogram)}");
                    compared++;
                }
            }
        }
        Assert.True(compared > 0, $"only {compared} histograms compared");
        foreach (var (tenant, histograms) in expected)
        {
            var stored = HistogramGoldenTests.Stored(databases.Open[tenant]);
            Assert.Equal(histograms, new SortedSet<string>(stored, StringComparer.Ordinal));
        }
    }

    // Each with its reason; everything else must answer as recorded.
    private static bool IsDecidedOtherwise(JsonElement row)
    {
        var scenario = row.GetProperty("scenario").GetString();
        return scenario == "rw2" // Version 2.0 is another part.
            || row.GetProperty("id").GetString() switch
            {
                "transport-24" => true, // S2 copies: no sender makes them, and they void the bound on expansion.
                "transport-55" or "transport-56" or "transport-57" or "transport-41" => true, // The HTTP server's own words.
                "transport-54" => true, // The HTTP server ends a connection whose client has stopped sending, without an answer.
                "tenant-08" => true, // A tenant named "/" is refused.
                "tenant-16" => true, // 300 characters: refused with 400, not retried for ever with 503.
                _ => false,
            };
    }

    private static async Task<string?> CompareAsync(ReceiveServer server, JsonElement row, string folder)
    {
        var request = row.GetProperty("request");
        var headers = new List<(string, string)>();
        foreach (var header in request.GetProperty("headers").EnumerateArray())
        {
            var value = header[1].GetString()!;
            if (value.StartsWith("a*", StringComparison.Ordinal))
                value = new string('a', int.Parse(value.AsSpan(2), provider: null));
            headers.Add((header[0].GetString()!, value));
        }
        var body = request.TryGetProperty("body_file", out var path) && path.ValueKind == JsonValueKind.String
            ? await File.ReadAllBytesAsync(Path.Combine(folder, path.GetString()!))
            : Convert.FromBase64String(request.GetProperty("body_base64").GetString() ?? "");
        var answer = await server.SendAsync(
            request.GetProperty("method").GetString()!, request.GetProperty("path").GetString()!,
            request.GetProperty("http").GetString()!,
            headers, body, IsSet(request, "chunked"), IsSet(request, "half_close"));
        var expected = row.GetProperty("response");
        var (status, text) = (expected.GetProperty("status").GetInt32(), expected.GetProperty("body").GetString());
        var missing = "";
        foreach (var header in expected.GetProperty("headers").EnumerateArray())
        {
            var name = header[0].GetString()!;
            if (name is "Content-Length" or "Connection") continue;
            if (!answer.Headers.Contains($"{name}: {header[1].GetString()}", StringComparison.OrdinalIgnoreCase))
                missing += " " + name;
        }
        // Upstream answers success and drops a native histogram that contradicts itself; here the sender is told.
        if (status == 200 && answer.Status == 409 && answer.Body.Contains(" histograms: ", StringComparison.Ordinal)) return null;
        return answer.Status == status && answer.Body == text && missing.Length == 0
            ? null
            : $"{row.GetProperty("id")} {row.GetProperty("what")}: {status} {text} but "
                + $"{answer.Status} {answer.Body} missing:{missing}";
    }

    private static bool IsSet(JsonElement request, string name) =>
        request.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
