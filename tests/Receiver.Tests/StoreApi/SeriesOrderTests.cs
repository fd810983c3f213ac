using System.Linq;
using Google.Protobuf;
using Receiver.Protos.Store;
using Receiver.StoreApi;
using static Receiver.Tests.StoreApi.StoreClient;

namespace Receiver.Tests.StoreApi;

public class SeriesOrderTests
{
    private static SeriesRequest Without(string matchers, params string[] names)
    {
        var request = Request(matchers);
        request.WithoutReplicaLabels.Add(names.Select(ByteString.CopyFromUtf8));
        return request;
    }

    [Fact]
    public async Task Order_ExternalLabelAfterPrefix_LongerSeriesComesFirst()
    {
        await using var store = await StartAsync(new FakeSource("t", FakeSource.Labels("c=1")).Add("a=1").Add("a=1,b=2"));

        Assert.Equal(["a=1,b=2,c=1", "a=1,c=1"], await store.LabelsAsync(Request("a=1")));
    }

    [Theory]
    [InlineData("z=1")]
    [InlineData("a0=1")] // Sorts before the removed label: the other way to sort is taken.
    public async Task Order_ReplicaLabelRemoved_EqualSeriesAreAdjacent(string external)
    {
        var source = new FakeSource("t", FakeSource.Labels(external))
            .Add("a=1,b=replica-1,c=3").Add("a=1,b=replica-1,c=3,d=4").Add("a=1,b=replica-1,c=4").Add("a=1,b=replica-2,c=3");
        await using var store = await StartAsync(source);

        var labels = await store.LabelsAsync(Without("a=1", "b"));

        Assert.Equal(4, labels.Length);
        Assert.Equal(2, labels.Count(l => l.Split(',').Contains("c=3") && !l.Split(',').Contains("d=4")));
        AssertOrdered(labels);
    }

    [Fact]
    public async Task Order_TwoTenantsWithoutTenantLabel_AreAdjacent()
    {
        await using var store = await StartAsync(
            new FakeSource("foo", FakeSource.Labels("replica=01,tenant_id=foo")).Add("a=1,b=2").Add("a=2"),
            new FakeSource("bar", FakeSource.Labels("replica=01,tenant_id=bar")).Add("a=1,b=2"));

        Assert.Equal(["a=1,b=2,replica=01", "a=1,b=2,replica=01", "a=2,replica=01"],
            await store.LabelsAsync(Without("a=~.+", "tenant_id")));
    }

    [Fact]
    public async Task Order_SurrogatePairs_CompareAsUtf8()
    {
        var source = new FakeSource("t", FakeSource.Labels("z=1")).Add("a=\uFFFD").Add("a=\U0001F600");
        await using var store = await StartAsync(source);

        Assert.Equal(["a=\uFFFD,z=1", "a=\U0001F600,z=1"], await store.LabelsAsync(Request("a=~.+")));
    }

    [Fact]
    public async Task Order_StoredLabelOfExternalName_IsOverridden()
    {
        await using var store = await StartAsync(new FakeSource("t", FakeSource.Labels("region=eu-west"))
            .Add("foo=bar,region=somewhere").Add("foo=bar,region=a,z=1").Add("foo=bar"));

        Assert.Equal(["foo=bar,region=eu-west", "foo=bar,region=eu-west", "foo=bar,region=eu-west,z=1"],
            await store.LabelsAsync(Request("foo=bar")));
    }

    [Fact]
    public async Task Order_RandomSeriesLabelsAndRemovals_IsThatOfASort()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var external = Pairs(random, "bdfhz", 2, "E");
            var source = new FakeSource("t", FakeSource.Labels(external));
            var stored = Enumerable.Range(0, 40).Select(_ => Pairs(random, "abcdefgh", 5, ""))
                .Where(l => l.Length > 0).Distinct().ToArray();
            foreach (var labels in stored) source.Add(labels);
            var removed = Enumerable.Range(0, random.Next(3)).Select(_ => "abcdefghz"[random.Next(9)].ToString()).ToArray();
            await using var store = await StartAsync(new StoreApiOptions(), () => true, source);

            var labels2 = await store.LabelsAsync(Without("q=", removed));

            var expected = stored.Select(s => Final(s, external, removed)).Order(Comparer<string>.Create(Compare)).ToArray();
            Assert.True(expected.SequenceEqual(labels2),
                $"seed {seed}, external {external}, removed {string.Join(',', removed)}:\n{string.Join('\n', labels2)}\n--\n"
                + string.Join('\n', expected));
        }
    }

    [Fact]
    public async Task Order_ManyValuesRemoved_IsSortedOrRefused()
    {
        var source = new FakeSource("t", FakeSource.Labels("z=1"));
        for (var i = 0; i < 500; i++) source.Add($"a={i % 7},pod={i},q={i % 3}");
        await using var store = await StartAsync(source);
        await using var tight = await StartAsync(new StoreApiOptions { SortBufferBytesMax = 1000 }, () => true, source);

        var labels = await store.LabelsAsync(Without("a=~.+", "pod"));
        var (_, frames) = await tight.SeriesAsync(Without("a=~.+", "pod"));

        Assert.Equal(500, labels.Length);
        AssertOrdered(labels);
        Assert.Contains("needs more than 1000 bytes", frames.Single().Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_OfAllSeries_AreDisjointAndComplete()
    {
        await using var store = await StartAsync(new FakeSource("t", FakeSource.Labels("z=1")).Add("a=a").Add("a=b").Add("a=c"));
        var request = Request("a=~.+");
        request.ShardInfo = new ShardInfo { TotalShards = 2, By = true };
        request.ShardInfo.Labels.Add(ByteString.CopyFromUtf8("a"));

        Assert.Equal(["a=a,z=1", "a=b,z=1"], await store.LabelsAsync(request));
        request.ShardInfo.ShardIndex = 1;
        Assert.Equal(["a=c,z=1"], await store.LabelsAsync(request));
        request.ShardInfo.TotalShards = 0;
        Assert.Equal(3, (await store.LabelsAsync(request)).Length);
    }

    private static void AssertOrdered(string[] labels)
    {
        for (var i = 1; i < labels.Length; i++)
            Assert.True(Compare(labels[i - 1], labels[i]) <= 0, $"{labels[i - 1]} before {labels[i]}");
    }

    private static int Compare(string left, string right) => FakeSource.Labels(left).CompareTo(FakeSource.Labels(right));

    private static string Pairs(Random random, string names, int countMax, string value)
    {
        var pairs = new SortedDictionary<char, string>();
        for (var i = random.Next(countMax + 1); i > 0; i--) pairs[names[random.Next(names.Length)]] = value + random.Next(3);
        return string.Join(',', pairs.Select(p => $"{p.Key}={p.Value}"));
    }

    private static string Final(string stored, string external, string[] removed)
    {
        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in stored.Split(',').Concat(external.Split(',', StringSplitOptions.RemoveEmptyEntries)))
            pairs[pair.Split('=')[0]] = pair.Split('=')[1];
        return string.Join(',', pairs.Where(p => !removed.Contains(p.Key)).Select(p => $"{p.Key}={p.Value}"));
    }
}
