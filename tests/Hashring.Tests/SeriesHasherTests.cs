using System.Text;

namespace Hashring.Tests;

public sealed class SeriesHasherTests
{
    [Theory]
    [InlineData("series*.jsonl", 1024)]
    [InlineData("series*.jsonl", 64)]
    [InlineData("label-hash-edge*.jsonl", 1024)]
    [InlineData("label-hash-edge*.jsonl", 65)]
    [InlineData("label-hash-edge*.jsonl", 16384)]
    public void Finish_GoldenSeries_GivesTheRingHash(string pattern, int scratchBytes)
    {
        var scratch = new byte[scratchBytes];
        foreach (var series in GoldenData.Series(pattern))
            Assert.Equal(GoldenData.Number(series.Record, "ring_hash"), series.Hash(scratch));
    }

    [Fact]
    public void Finish_WithoutTenant_GivesTheLabelsHash()
    {
        Span<byte> scratch = stackalloc byte[256];
        foreach (var series in GoldenData.SeriesPool)
        {
            var hasher = new SeriesHasher(scratch);
            hasher.Clear();
            foreach (var (name, value) in series.Labels) hasher.Add(name, value);
            Assert.Equal(GoldenData.Number(series.Record, "labels_hash"), hasher.Finish());
        }
    }

    [Fact]
    public void Finish_EveryScratchSize_GivesTheSameHash()
    {
        var tenant = Encoding.UTF8.GetBytes("team-a");
        byte[][] parts = [[], new byte[1], new byte[31], new byte[62], new byte[63], new byte[64], new byte[200]];
        foreach (var name in parts)
        {
            foreach (var value in parts)
            {
                byte[] whole = [.. tenant, 0xFF, .. name, 0xFF, .. value, 0xFF, .. value, 0xFF, .. name, 0xFF];
                for (var size = 64; size < 500; size++)
                {
                    var hasher = new SeriesHasher(new byte[size]);
                    hasher.Begin(tenant);
                    hasher.Add(name, value);
                    hasher.Add(value, name);
                    Assert.Equal(XxHash64.Compute(whole), hasher.Finish());
                }
            }
        }
    }

    [Fact]
    public void Finish_ManySeries_AllocatesNothing()
    {
        var pool = GoldenData.SeriesPool;
        var scratch = new byte[1024];
        var sum = 0UL;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < pool.Count; i++)
            {
                var hasher = new SeriesHasher(scratch);
                hasher.Begin(pool[i].TenantBytes);
                var labels = pool[i].Labels;
                for (var l = 0; l < labels.Count; l++) hasher.Add(labels[l].Name, labels[l].Value);
                sum += hasher.Finish();
            }
            if (round > 0) Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.NotEqual(0UL, sum);
    }
}
