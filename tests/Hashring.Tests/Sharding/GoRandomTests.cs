using System.Text.Json;
using Hashring.Sharding;

namespace Hashring.Tests.Sharding;

public sealed class GoRandomTests
{
    [Fact]
    public void NextUInt64_GoldenSeeds_GivesTheSameStream()
    {
        foreach (var record in GoldenData.Records("go-math-rand*.jsonl"))
        {
            var random = new GoRandom(long.Parse(GoldenData.Text(record, "seed")));
            var stream = new ulong[10001];
            for (var i = 0; i < stream.Length; i++) stream[i] = random.NextUInt64();
            Check(record.GetProperty("uint64"), stream);
            Check(record.GetProperty("uint64_index_606_to_611"), stream.AsSpan(606));
            Assert.Equal(GoldenData.Number(record, "uint64_index_10000"), stream[10000]);
        }
    }

    [Fact]
    public void Compute_GoldenTenantsAndZones_GivesSeedAndDraws()
    {
        foreach (var record in GoldenData.Records("shuffle-seed*.jsonl"))
        {
            var seed = ShardSeed.Compute(GoldenData.Text(record, "tenant"), GoldenData.Text(record, "zone"));
            Assert.Equal(long.Parse(GoldenData.Text(record, "seed")), seed);
            var random = new GoRandom(seed);
            foreach (var draw in record.GetProperty("uint64").EnumerateArray())
                Assert.Equal(ulong.Parse(draw.GetString()!), random.NextUInt64());
        }
    }

    private static void Check(JsonElement expected, ReadOnlySpan<ulong> actual)
    {
        for (var i = 0; i < expected.GetArrayLength(); i++) Assert.Equal(ulong.Parse(expected[i].GetString()!), actual[i]);
    }
}
