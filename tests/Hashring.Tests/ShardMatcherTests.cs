using System.Text;

namespace Hashring.Tests;

public sealed class ShardMatcherTests
{
    [Fact]
    public void Matches_GoldenSeries_BelongsToTheSameShards()
    {
        var scratch = new byte[1024];
        foreach (var series in GoldenData.Series("shard-info*.jsonl"))
        {
            var record = series.Record;
            var names = new List<byte[]>();
            var bytes = GoldenData.Decoder(record);
            foreach (var name in record.GetProperty("shard_labels").EnumerateArray()) names.Add(bytes(name));
            var expected = new HashSet<long>();
            foreach (var index in record.GetProperty("matching_shard_index").EnumerateArray()) expected.Add(index.GetInt64());
            var total = long.Parse(GoldenData.Text(record, "total_shards"));
            for (var index = 0L; index <= long.Parse(GoldenData.Text(record, "tested_shard_index_max")); index++)
            {
                var matcher = new ShardMatcher(index, total, record.GetProperty("by").GetBoolean(), names);
                var hasher = new SeriesHasher(scratch);
                hasher.Clear();
                foreach (var (name, value) in series.Labels)
                {
                    if (matcher.TakesPart(name)) hasher.Add(name, value);
                }
                Assert.Equal(expected.Contains(index), matcher.Matches(hasher.Finish()));
            }
        }
    }

    [Fact]
    public void TakesPart_ByOrWithout_ListsOrExcludes()
    {
        byte[][] names = [Encoding.UTF8.GetBytes("a")];
        Assert.True(new ShardMatcher(0, 2, By: true, names).TakesPart("a"u8));
        Assert.False(new ShardMatcher(0, 2, By: true, names).TakesPart("b"u8));
        Assert.False(new ShardMatcher(0, 2, By: false, names).TakesPart("a"u8));
        Assert.True(new ShardMatcher(0, 2, By: false, names).TakesPart("b"u8));
    }
}
