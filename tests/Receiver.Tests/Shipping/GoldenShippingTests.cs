using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Shipping;
using TestKit;
using Tsdb.Labels;

namespace Receiver.Tests.Shipping;

/// <summary>Ships the data directories of real runs of upstream and compares with what upstream put into its bucket.</summary>
public sealed partial class GoldenShippingTests
{
    public static TheoryData<string> Runs() =>
        [.. Golden.Files("tsdb/shipper", "*.jsonl").Select(static path => Path.GetFileName(path).Split('.')[0])];

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Sync_BlocksOfARealRun_GivesTheSameObjectsAndState(string run)
    {
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", run + ".tar.gz").Single(), folder.At("data"));
        Golden.Extract(Golden.Files("tsdb/shipper", $"bucket-{run}.tar.gz").Single(), folder.At("expected"));
        var lines = Golden.Lines(Golden.Files("tsdb/shipper", run + ".jsonl").Single())
            .Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        using var bucket = new MemoryBucket();
        foreach (var tenant in lines.Where(static line => line.GetProperty("kind").GetString() == "tenant"))
        {
            await ShipTenantAsync(tenant, lines, folder.At("data", tenant.GetProperty("tenant").GetString()!), bucket);
        }

        var expected = Directory.GetFiles(folder.At("expected"), "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder.At("expected", "bucket"), path), StringComparer.Ordinal);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), bucket.Objects.Keys);
        foreach (var (name, content) in bucket.Objects)
        {
            var real = await File.ReadAllBytesAsync(expected[name]);
            if (name.EndsWith("/meta.json", StringComparison.Ordinal)) Assert.Equal(WithoutTime(real), WithoutTime(content));
            else Assert.Equal(real, content);
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void StateFile_OfARealRun_IsReadAndWrittenBackIdentically(string run)
    {
        using var folder = new TempFolder();
        var texts = Golden.Lines(Golden.Files("tsdb/shipper", run + ".jsonl").Single())
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static line => line.GetProperty("kind").GetString() == "tenant")
            .Select(static line => line.GetProperty("thanos.shipper.json").GetString()!).ToList();
        Assert.NotEmpty(texts);
        foreach (var text in texts)
        {
            folder.Write("thanos.shipper.json", Encoding.UTF8.GetBytes(text));
            StateFile.Write(folder.Path, StateFile.Read(folder.Path));
            Assert.Equal(text, File.ReadAllText(folder.At("thanos.shipper.json")));
            Assert.Equal(["thanos.shipper.json"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        }
    }

    /// <summary>
    /// Ships what upstream had shipped; what the process no longer got to before it was killed is taken away first.
    /// </summary>
    private static async Task ShipTenantAsync(JsonElement tenant, List<JsonElement> lines, string directory, MemoryBucket bucket)
    {
        var state = tenant.GetProperty("thanos.shipper.json").GetString()!;
        using var parsed = JsonDocument.Parse(state);
        var list = parsed.RootElement.GetProperty("uploaded");
        List<string> uploaded = list.ValueKind == JsonValueKind.Null ? [] : Texts(list);
        foreach (var local in Texts(tenant.GetProperty("localBlocks")).Except(uploaded))
            Directory.Delete(Path.Combine(directory, local), recursive: true);
        File.Delete(Path.Combine(directory, "thanos.shipper.json"));

        var (external, hashed) = LabelsOf(tenant.GetProperty("tenant").GetString()!, lines);
        await using (var shipper =
            new Shipper("t", directory, () => external, bucket, new ShippingOptions { HashFiles = hashed }, NullLogger.Instance))
        {
            await shipper.SyncAsync(default);
            Assert.Equal(
                (1, 0, uploaded.Count), (shipper.Counters.Syncs, shipper.Counters.SyncFailures, shipper.Counters.Uploads));
        }

        // Upstream's sort is not stable: blocks with the same minimum time come in any order there, by ULID here.
        var order = uploaded.OrderBy(ulid => LocalBlock.Read(Path.Combine(directory, ulid)).MinTimeMs)
            .ThenBy(static ulid => ulid, StringComparer.Ordinal);
        Assert.Equal(Encoding.UTF8.GetString(StateFile.Render([.. order])),
            await File.ReadAllTextAsync(Path.Combine(directory, "thanos.shipper.json")));
    }

    private static (LabelSet External, bool Hashed) LabelsOf(string tenant, List<JsonElement> lines)
    {
        foreach (var line in lines.Where(static line => line.GetProperty("kind").GetString() == "block"))
        {
            if (!line.GetProperty("tenant").EnumerateArray().Any(t => t.GetString() == tenant)) continue;
            var text = line.GetProperty("metaJsonUploaded").GetString()!;
            using var meta = JsonDocument.Parse(text);
            var labels = meta.RootElement.GetProperty("thanos").GetProperty("labels").EnumerateObject()
                .Select(static label => (label.Name, label.Value.GetString()!)).ToArray();
            return (LabelSet.FromStrings(labels), text.Contains("\"hashFunc\"", StringComparison.Ordinal));
        }
        return (LabelSet.FromStrings(("tenant_id", tenant)), false);
    }

    private static List<string> Texts(JsonElement list) => [.. list.EnumerateArray().Select(static text => text.GetString()!)];

    private static string WithoutTime(byte[] meta) => UploadTime().Replace(Encoding.UTF8.GetString(meta), "T");

    [GeneratedRegex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z")]
    private static partial Regex UploadTime();
}
