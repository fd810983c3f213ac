using System.Text;
using System.Text.Json;
using TestKit;

namespace Hashring.Tests;

/// <summary>A series of the golden pool; tenant and labels as raw bytes, labels in order.</summary>
internal sealed record GoldenSeries(
    string Tenant, byte[] TenantBytes, List<(byte[] Name, byte[] Value)> Labels, JsonElement Record)
{
    public ulong Hash(Span<byte> scratch) => Hash(scratch, TenantBytes);

    public ulong Hash(Span<byte> scratch, ReadOnlySpan<byte> tenant)
    {
        var hasher = new SeriesHasher(scratch);
        hasher.Begin(tenant);
        foreach (var (name, value) in Labels) hasher.Add(name, value);
        return hasher.Finish();
    }
}

/// <summary>Reads the records of tests/golden/hashring; field formats are in the README of that folder.</summary>
internal static class GoldenData
{
    private const string Folder = "hashring";

    private static readonly Lazy<List<GoldenSeries>> Pool = new(() => [.. Series("series.jsonl")]);

    public static IReadOnlyList<GoldenSeries> SeriesPool => Pool.Value;

    public static IEnumerable<JsonElement> Records(string pattern)
    {
        var files = Golden.Files(Folder, pattern);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            foreach (var line in Golden.Lines(file)) yield return JsonDocument.Parse(line).RootElement;
        }
    }

    public static IEnumerable<GoldenSeries> Series(string pattern)
    {
        foreach (var record in Records(pattern))
        {
            var bytes = Decoder(record);
            var labels = new List<(byte[], byte[])>();
            foreach (var pair in record.GetProperty("labels").EnumerateArray()) labels.Add((bytes(pair[0]), bytes(pair[1])));
            var tenant = bytes(record.GetProperty("tenant"));
            yield return new GoldenSeries(Encoding.UTF8.GetString(tenant), tenant, labels, record);
        }
    }

    /// <summary>Reads a text field as the record's encoding says.</summary>
    public static Func<JsonElement, byte[]> Decoder(JsonElement record) =>
        record.GetProperty("enc").GetString() == "base64"
            ? static e => e.GetBytesFromBase64()
            : static e => Encoding.UTF8.GetBytes(e.GetString()!);

    public static string Text(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    public static ulong Number(JsonElement record, string name) => ulong.Parse(record.GetProperty(name).GetString()!);

    public static Endpoint Endpoint(JsonElement triple) =>
        new(triple[0].GetString()!, triple[1].GetString()!, triple[2].GetString()!);

    public static IReadOnlyList<HashringConfig> Config(JsonElement record)
    {
        Assert.True(HashringConfig.TryParse(Encoding.UTF8.GetBytes(Text(record, "config")), out var rings, out var error), error);
        return rings!;
    }

    /// <summary>For each position of a ring's node list, the position of the endpoint in the record's list.</summary>
    public static int[] FileOrder(Ring ring, JsonElement endpoints)
    {
        var known = new List<Endpoint>();
        foreach (var triple in endpoints.EnumerateArray()) known.Add(Endpoint(triple));
        var order = new int[ring.NodeCount];
        for (var i = 0; i < order.Length; i++) order[i] = known.IndexOf(ring.Nodes[i]);
        return order;
    }
}
