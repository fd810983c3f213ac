namespace Hashring.Tests;

public sealed class MultiHashringTests
{
    [Fact]
    public void TrySelect_GoldenDocuments_ChoosesTheSameRing()
    {
        foreach (var record in GoldenData.Records("multi-routing*.jsonl"))
        {
            var configs = GoldenData.Config(record);
            var rings = MultiHashring.Create(configs, "hashmod", 1, out var error);
            Assert.True(rings is not null, error);
            foreach (var row in record.GetProperty("tenants").EnumerateArray())
            {
                var tenant = GoldenData.Text(row, "tenant");
                var outcomes = new List<string>();
                foreach (var outcome in row.GetProperty("outcomes").EnumerateArray()) outcomes.Add(outcome.GetString()!);
                var isPlaced = rings.TrySelect(tenant, out var ring, out error) && ring.TryGetReplica(0, 0, out _, out error);
                var actual = isPlaced ? Describe(ring!, configs) : "error: " + error;
                Assert.Contains(outcomes, expected => expected.StartsWith(actual, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void TrySelect_MalformedAndMatchingPattern_Matches()
    {
        var config = new HashringConfig
        {
            Tenants = ["[a", "team-*"],
            TenantMatcherType = "glob",
            Endpoints = [Endpoint.FromAddress("n:1")],
        };
        var rings = MultiHashring.Create([config], "hashmod", 1, out _)!;
        Assert.True(rings.TrySelect("team-a", out _, out _));
    }

    [Fact]
    public void FromSingle_AnyTenant_PlacesOneCopy()
    {
        var rings = MultiHashring.FromSingle(Endpoint.FromAddress("me:10901"));
        Assert.True(rings.TrySelect("anyone", out var ring, out _));
        Assert.True(ring.TryGetReplica(ulong.MaxValue, 0, out var index, out _));
        Assert.Equal("me:10901", ring.Nodes[index].Address);
        Assert.False(ring.TryGetReplica(1, 1, out _, out var error));
        Assert.Equal("insufficient nodes; have 1, want 2", error);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 3, 2)]
    [InlineData(5, 3, 3)]
    public void Quorum_ReplicationFactor_GivesTheNumbersThatSettle(int replicationFactor, int successes, int failures)
    {
        var quorum = new Quorum(replicationFactor);
        Assert.Equal((successes, failures), (quorum.Successes, quorum.Failures));
    }

    private static string Describe(Ring ring, IReadOnlyList<HashringConfig> configs)
    {
        for (var i = 0; i < configs.Count; i++)
        {
            if (configs[i].Endpoints.Count > 0 && ring.NodeCount > 0 && configs[i].Endpoints[0].Address == ring.Nodes[0].Address)
                return $"ring {i} ";
        }
        return "no ring";
    }
}
