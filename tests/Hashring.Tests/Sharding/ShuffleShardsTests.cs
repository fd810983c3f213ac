using System.Text;
using System.Text.Json;

namespace Hashring.Tests.Sharding;

public sealed class ShuffleShardsTests
{
    [Fact]
    public void TrySelect_GoldenConfigs_DrawsTheSameShards()
    {
        foreach (var record in GoldenData.Records("shuffle.jsonl"))
        {
            var rings = MultiHashring.Create(
                GoldenData.Config(record), "hashmod", record.GetProperty("replication_factor").GetInt32(), out var error);
            Assert.Equal(GoldenData.Text(record, "constructor_error"), error);
            if (rings is null) continue;
            foreach (var row in record.GetProperty("tenants").EnumerateArray()) CheckTenant(record, row, rings);
        }
    }

    [Fact]
    public void TrySelect_EndpointAdded_ChangesAtMostOneMember()
    {
        for (var nodes = 10; nodes < 20; nodes++)
        {
            for (var t = 0; t < 20; t++)
            {
                var before = Shard(nodes, $"tenant-{t}");
                before.ExceptWith(Shard(nodes + 1, $"tenant-{t}"));
                Assert.True(before.Count <= 1, $"{nodes} nodes, tenant-{t}: {before.Count} members left");
            }
        }
    }

    [Fact]
    public void ShardCaches_MoreTenantsThanRoom_DropTheOldest()
    {
        var rings = Rings(5, cacheSize: 2);
        foreach (var tenant in (string[])["a", "b", "a", "c", "a", "b"]) Assert.True(rings.TrySelect(tenant, out _, out _));
        var counts = Assert.Single(rings.ShardCaches).Value;
        Assert.Equal(new ShardCacheCounts(Requests: 6, Hits: 2, Items: 2, ItemsMax: 2, Evictions: 2), counts);
    }

    private static HashSet<Endpoint> Shard(int nodes, string tenant)
    {
        Assert.True(Rings(nodes, cacheSize: 0).TrySelect(tenant, out var ring, out var error), error);
        return [.. ring.Nodes];
    }

    private static MultiHashring Rings(int nodes, int cacheSize)
    {
        var endpoints = new Endpoint[nodes];
        for (var i = 0; i < nodes; i++) endpoints[i] = Endpoint.FromAddress($"node-{i}:10901");
        var sharding = new ShuffleShardingConfig { ShardSize = 5, CacheSize = cacheSize, IsZoneAwarenessDisabled = true };
        var config = new HashringConfig { Algorithm = "ketama", Endpoints = endpoints, ShuffleSharding = sharding };
        var rings = MultiHashring.Create([config], "hashmod", 1, out var error);
        Assert.True(rings is not null, error);
        return rings;
    }

    private static void CheckTenant(JsonElement record, JsonElement row, MultiHashring rings)
    {
        var tenant = GoldenData.Text(row, "tenant");
        if (!rings.TrySelect(tenant, out var ring, out var error))
        {
            var errors = new List<string>();
            foreach (var expected in row.GetProperty("errors").EnumerateArray()) errors.Add(expected.GetString()!);
            Assert.Contains(error, errors);
            return;
        }
        Assert.False(row.TryGetProperty("errors", out _), $"{GoldenData.Text(record, "id")}, {tenant}: an error was expected");
        var order = GoldenData.FileOrder(ring, record.GetProperty("endpoints"));
        if (row.TryGetProperty("shard", out var shard))
        {
            var sorted = (int[])order.Clone();
            Array.Sort(sorted);
            Assert.Equal(shard.GetRawText(), "[" + string.Join(",", sorted) + "]");
        }
        Span<byte> scratch = new byte[1024];
        foreach (var result in row.GetProperty("results").EnumerateArray())
        {
            var hash = GoldenData.SeriesPool[result[0].GetInt32()].Hash(scratch, Encoding.UTF8.GetBytes(tenant));
            for (var replica = 0; replica + 1 < result.GetArrayLength(); replica++)
            {
                Assert.True(ring.TryGetReplica(hash, replica, out var index, out error), error);
                Assert.Equal(result[replica + 1].GetInt32(), order[index]);
            }
        }
    }
}
