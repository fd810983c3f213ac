using System.Text;
using System.Text.Json;

namespace Hashring.Tests;

public sealed class RingTests
{
    [Theory]
    [InlineData("rings*.jsonl")]
    public void TryGetReplica_GoldenRings_PlacesEverySeriesAlike(string pattern)
    {
        foreach (var record in GoldenData.Records(pattern))
        {
            var replicationFactor = record.GetProperty("replication_factor").GetInt32();
            var rings = MultiHashring.Create(GoldenData.Config(record), "hashmod", replicationFactor, out var error);
            if (IsTrue(record, "never_returns"))
            {
                Assert.Null(rings);
                Assert.Contains("too uneven", error, StringComparison.Ordinal);
                continue;
            }
            Assert.Equal(GoldenData.Text(record, "constructor_error"), error);
            if (rings is null) continue;
            Assert.True(rings.TrySelect("any", out var ring, out error), error);
            CheckPlacement(record, ring, replicationFactor);
        }
    }

    [Fact]
    public void Sections_GoldenRings_AreTheSame()
    {
        foreach (var file in TestKit.Golden.Files("hashring", "sections-*.jsonl"))
        {
            KetamaRing? ring = null;
            int[] order = [];
            var section = 0;
            foreach (var line in TestKit.Golden.Lines(file))
            {
                var record = JsonDocument.Parse(line).RootElement;
                if (record.ValueKind == JsonValueKind.Object)
                {
                    var endpoints = GoldenData.Config(record)[0].Endpoints;
                    ring = KetamaRing.Create(
                        "", endpoints, record.GetProperty("replication_factor").GetInt32(),
                        record.GetProperty("sections_per_endpoint").GetInt32(), out var error);
                    Assert.NotNull(ring);
                    Assert.Equal("", error);
                    Assert.Equal(record.GetProperty("sections").GetInt32(), ring.Sections.Count);
                    var inFile = new List<Endpoint>(endpoints);
                    order = Array.ConvertAll<Endpoint, int>([.. ring.Nodes], inFile.IndexOf);
                    continue;
                }
                Assert.Equal(ulong.Parse(record[0].GetString()!), ring!.Sections.Hashes[section]);
                Assert.Equal(record[1].GetInt32(), order[ring.Sections.Owners[section]]);
                var replicas = ring.ReplicasOf(section);
                for (var i = 0; i < replicas.Length; i++) Assert.Equal(record[2 + i].GetInt32(), order[replicas[i]]);
                section++;
            }
            Assert.Equal(ring!.Sections.Count, section);
        }
    }

    [Fact]
    public void TryGetReplica_HashAtAnEdgeOfASection_FindsWhatASearchFinds()
    {
        var ring = Ketama(7, 3);
        foreach (var edge in ring.Sections.Hashes)
        {
            foreach (var hash in (ulong[])[edge - 1, edge, edge + 1, 0, ulong.MaxValue])
            {
                var expected = ring.ReplicasOf(ring.Sections.Find(hash));
                for (var replica = 0; replica < expected.Length; replica++)
                {
                    Assert.True(ring.TryGetReplica(hash, replica, out var index, out _));
                    Assert.Equal(expected[replica], index);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryGetReplicas_EndpointAdded_MovesSeriesOnlyToIt(int replicationFactor)
    {
        var small = Ketama(6, replicationFactor);
        var large = Ketama(7, replicationFactor);
        var added = large.Nodes[6];
        Span<int> before = new int[replicationFactor], after = new int[replicationFactor];
        var random = new Random(3);
        for (var i = 0; i < 5000; i++)
        {
            var hash = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            Assert.True(small.TryGetReplicas(hash, before, out _));
            Assert.True(large.TryGetReplicas(hash, after, out _));
            foreach (var index in after)
            {
                var node = large.Nodes[index];
                if (node == added) continue;
                Assert.Contains(before.ToArray(), old => small.Nodes[old] == node);
            }
        }
    }

    private static KetamaRing Ketama(int nodes, int replicationFactor)
    {
        var endpoints = new Endpoint[nodes];
        for (var i = 0; i < nodes; i++) endpoints[i] = Endpoint.FromAddress($"node-{i}:10901");
        return KetamaRing.Create("", endpoints, replicationFactor, out _)!;
    }

    private static void CheckPlacement(JsonElement record, Ring ring, int replicationFactor)
    {
        var id = GoldenData.Text(record, "id");
        var order = GoldenData.FileOrder(ring, record.GetProperty("endpoints"));
        var expectedOrder = new List<int>();
        foreach (var index in record.GetProperty("nodes_order").EnumerateArray()) expectedOrder.Add(index.GetInt32());
        Assert.Equal(expectedOrder, order);
        Span<byte> scratch = new byte[1024];
        foreach (var row in record.GetProperty("results").EnumerateArray())
        {
            var hash = GoldenData.SeriesPool[row[0].GetInt32()].Hash(scratch);
            for (var replica = 0; replica + 1 < row.GetArrayLength(); replica++)
            {
                var found = ring.TryGetReplica(hash, replica, out var index, out _) ? order[index] : -1;
                Assert.True(row[replica + 1].GetInt32() == found, $"{id}: series {row[0]}, replica {replica}: {found}");
            }
        }
        foreach (var expected in record.GetProperty("errors").EnumerateObject())
        {
            Assert.False(ring.TryGetReplica(1, int.Parse(expected.Name), out _, out var error));
            Assert.Equal(expected.Value.GetString(), error);
        }
        if (record.TryGetProperty("counts_5000", out var counts) && counts.ValueKind == JsonValueKind.Array)
            CheckCounts(counts, ring, order, replicationFactor);
    }

    private static void CheckCounts(JsonElement expected, Ring ring, int[] order, int replicationFactor)
    {
        var counts = new int[replicationFactor][];
        for (var n = 0; n < replicationFactor; n++) counts[n] = new int[expected[0].GetArrayLength()];
        var hasher = new SeriesHasher(new byte[256]);
        for (var k = 0; k < 5000; k++)
        {
            hasher.Begin("t0"u8);
            hasher.Add("__name__"u8, "dist"u8);
            hasher.Add("i"u8, Encoding.UTF8.GetBytes(k.ToString()));
            var hash = hasher.Finish();
            for (var n = 0; n < expected.GetArrayLength(); n++)
            {
                if (ring.TryGetReplica(hash, n, out var index, out _)) counts[n][order[index]]++;
            }
        }
        for (var n = 0; n < expected.GetArrayLength(); n++)
        {
            for (var e = 0; e < expected[n].GetArrayLength(); e++) Assert.Equal(expected[n][e].GetInt32(), counts[n][e]);
        }
    }

    private static bool IsTrue(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
