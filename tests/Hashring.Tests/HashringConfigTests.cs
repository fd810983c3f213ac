using System.Text;
using System.Text.Json;

namespace Hashring.Tests;

public sealed class HashringConfigTests
{
    [Fact]
    public void TryParse_GoldenDocuments_GivesTheSameRingsOrTheSameError()
    {
        foreach (var record in GoldenData.Records("config.jsonl"))
        {
            var id = record.GetProperty("id").GetInt32();
            var content = GoldenData.Decoder(record)(record.GetProperty("content"));
            var isParsed = HashringConfig.TryParse(content, out var rings, out var error);
            Assert.Equal(isParsed, error.Length == 0);
            Assert.Equal((id, GoldenData.Text(record, "parse_error")), (id, error));
            isParsed = HashringConfig.TryParseFile("hashrings.json", content, out _, out error);
            Assert.Equal(isParsed, error.Length == 0);
            Assert.Equal((id, GoldenData.Text(record, "file_load_error")), (id, error));
            Assert.Equal(GoldenData.Number(record, "config_hash"), (ulong)HashringConfig.ContentHash(content));
            var bits = BitConverter.DoubleToUInt64Bits(HashringConfig.ContentHash(content));
            Assert.Equal(GoldenData.Text(record, "config_hash_float64_bits"), bits.ToString("x16"));
            if (record.TryGetProperty("parsed", out var parsed) && parsed.ValueKind == JsonValueKind.Array)
                CheckRings(id, parsed, rings!);
        }
    }

    [Fact]
    public void Create_GoldenDocuments_RefusesTheSameOnes()
    {
        foreach (var record in GoldenData.Records("config.jsonl"))
        {
            if (!record.TryGetProperty("construct", out var tries)) continue;
            var content = GoldenData.Decoder(record)(record.GetProperty("content"));
            Assert.True(HashringConfig.TryParse(content, out var rings, out var error), error);
            foreach (var attempt in tries.EnumerateArray())
            {
                MultiHashring.Create(
                    rings ?? [], GoldenData.Text(attempt, "default_algorithm"),
                    attempt.GetProperty("replication_factor").GetInt32(), out error);
                var expected = attempt.TryGetProperty("panic", out _)
                    ? "hashrings with shuffle sharding need different names, but two are named \"s\""
                    : GoldenData.Text(attempt, "constructor_error");
                Assert.Equal((GoldenData.Text(record, "kind"), expected), (GoldenData.Text(record, "kind"), error));
            }
        }
    }

    [Theory]
    [InlineData("""[{"endpoints":["a","b"],"endpoints":["c"],"endpoints":["d","e"]}]""", "d|a:19391 e|b:19391")]
    [InlineData("""[{"endpoints":["a","b"],"endpoints":[],"endpoints":["d"]}]""", "d|d:19391")]
    [InlineData("""[{"endpoints":["a"],"endpoints":null}]""", "")]
    [InlineData("""[{"endpoints":["a"],"endpoint\u017f":["b"]}]""", "b|a:19391")]
    public void TryParse_RepeatedEndpoints_DecodesOnTopOfTheEarlierList(string json, string expected)
    {
        Assert.True(HashringConfig.TryParse(Encoding.UTF8.GetBytes(json), out var rings, out var error), error);
        var texts = new List<string>();
        foreach (var endpoint in rings![0].Endpoints) texts.Add($"{endpoint.Address}|{endpoint.CapnprotoAddress}");
        Assert.Equal(expected, string.Join(' ', texts));
    }

    [Fact]
    public void TryParse_DocumentCutAtEveryByte_NeverThrowsAndNeverSucceeds()
    {
        var json =
            """[{"hashring":"a\u00e9","tenants":["t",null],"endpoints":["n:1",{"address":"m","az":"z"}],"x":[-1.5e+3,{}]}]"""u8;
        for (var length = 0; length < json.Length; length++)
        {
            Assert.False(HashringConfig.TryParse(json[..length], out _, out var error));
            Assert.Equal("unexpected end of JSON input", error);
        }
        Assert.True(HashringConfig.TryParse(json, out _, out _));
    }

    private static void CheckRings(int id, JsonElement expected, IReadOnlyList<HashringConfig> rings)
    {
        Assert.Equal((id, expected.GetArrayLength()), (id, rings.Count));
        for (var i = 0; i < rings.Count; i++)
        {
            var (want, got) = (expected[i], rings[i]);
            Assert.Equal(GoldenData.Text(want, "hashring"), got.Name);
            Assert.Equal(GoldenData.Text(want, "algorithm"), got.Algorithm);
            Assert.Equal(GoldenData.Text(want, "tenant_matcher_type"), got.TenantMatcherType);
            Assert.Equal(Texts(want.GetProperty("tenants")), got.Tenants);
            var endpoints = new List<Endpoint>();
            foreach (var triple in Items(want.GetProperty("endpoints"))) endpoints.Add(GoldenData.Endpoint(triple));
            Assert.Equal(endpoints, got.Endpoints);
            var labels = new List<KeyValuePair<string, string>>();
            foreach (var pair in Items(want.GetProperty("external_labels")))
                labels.Add(new(pair[0].GetString()!, pair[1].GetString()!));
            Assert.Equal(labels, got.ExternalLabels);
            Assert.Equal(want.GetProperty("shard_size").GetInt64(), got.ShuffleSharding.ShardSize);
            Assert.Equal(want.GetProperty("cache_size").GetInt64(), got.ShuffleSharding.CacheSize);
            Assert.Equal(want.GetProperty("zone_awareness_disabled").GetBoolean(), got.ShuffleSharding.IsZoneAwarenessDisabled);
            Assert.Equal(want.GetProperty("overrides").GetArrayLength(), got.ShuffleSharding.Overrides.Count);
        }
    }

    private static List<string> Texts(JsonElement list)
    {
        var texts = new List<string>();
        foreach (var item in Items(list)) texts.Add(item.GetString()!);
        return texts;
    }

    private static IEnumerable<JsonElement> Items(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) yield break;
        foreach (var item in list.EnumerateArray()) yield return item;
    }
}
