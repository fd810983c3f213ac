using System.Linq;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Receiver.StoreApi;
using Tsdb.Chunks;
using static Receiver.Tests.StoreApi.StoreClient;

namespace Receiver.Tests.StoreApi;

public class SeriesServiceTests
{
    // Samples (1, 2.41241) (2, 3.41241) (3, 4.41241).
    private static readonly byte[] ThreeSamples = Convert.FromHexString("00030240034c9d9d3458cd01d80daf4d7569a9d73a55");

    private static FakeSource Tenant(string external = "region=eu-west") => new("t", FakeSource.Labels(external));

    private static FakeSource OneSeries() =>
        Tenant().Add(FakeSource.Labels("a=1"), new ChunkView(1, 3, ChunkEncoding.Xor, ThreeSamples));

    [Fact]
    public async Task Series_TwoTenants_AreTheBytesUpstreamSends()
    {
        var chunk = new ChunkView(1, 3, ChunkEncoding.Xor, ThreeSamples);
        await using var store = await StartAsync(
            new FakeSource("foo", FakeSource.Labels("replica=01,tenant_id=foo")).Add(FakeSource.Labels("a=1,b=2"), chunk),
            new FakeSource("bar", FakeSource.Labels("replica=01,tenant_id=bar")).Add(FakeSource.Labels("a=1,b=2"), chunk));
        const string foo = "0a5c0a060a01611201310a060a01621201320a0d0a077265706c696361120230310a10"
            + "0a0974656e616e745f69641203666f6f"
            + "1229080110031a23121600030240034c9d9d3458cd01d80daf4d7569a9d73a5518f0eab9dde0f4d7c88701";
        var bar = foo.Replace("666f6f", "626172", StringComparison.Ordinal);

        var (status, frames) = await store.StreamAsync("/thanos.Store/Series", Request("a=~.*", 0, 10).ToByteArray());
        var batched = Request("a=~.*;tenant_id=foo", 0, 10);
        batched.ResponseBatchSize = 64;
        var (_, batches) = await store.StreamAsync("/thanos.Store/Series", batched.ToByteArray());

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Equal([bar, foo], frames.Select(Convert.ToHexStringLower));
        Assert.Equal(["225e" + foo], batches.Select(Convert.ToHexStringLower));
    }

    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(1, 2, true)]
    [InlineData(3, 3, true)]
    [InlineData(1, 1, true)]
    [InlineData(4, 6, false)]
    [InlineData(-5, 0, false)]
    public async Task Series_Range_IsInclusiveAndChunksAreWhole(long min, long max, bool found)
    {
        await using var store = await StartAsync(OneSeries());

        var (status, frames) = await store.SeriesAsync(Request("a=1", min, max));

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Equal(found ? 1 : 0, frames.Count);
        if (!found) return;
        var series = Assert.Single(frames[0].Series);
        Assert.Equal("a=1,region=eu-west", series.Labels);
        var chunk = Assert.Single(series.Chunks);
        Assert.Equal((1, 3, 0u, 9768694233508509040), (chunk.Min, chunk.Max, chunk.Type, chunk.Hash));
        Assert.Equal(ThreeSamples, chunk.Data);
    }

    [Fact]
    public async Task Series_SkipChunks_SendsLabelsOnly()
    {
        await using var store = await StartAsync(OneSeries());
        var request = Request("a=1", 1, 3);
        request.SkipChunks = true;

        var (_, frames) = await store.SeriesAsync(request);

        Assert.Equal("a=1,region=eu-west", frames.Single().Series.Single().Labels);
        Assert.Empty(frames.Single().Series.Single().Chunks);
    }

    [Theory]
    [InlineData("", "no matchers specified (excluding selector labels)")]
    [InlineData("a=~[", null)]
    public async Task Series_BadMatchers_IsInvalidArgument(string matchers, string? text)
    {
        await using var store = await StartAsync(OneSeries());

        var (status, _) = await store.SeriesAsync(Request(matchers));

        Assert.Equal(GrpcCode.InvalidArgument, status.Code);
        if (text is not null) Assert.Equal(text, status.Message);
    }

    [Fact]
    public async Task Series_UnknownMatcherType_IsInvalidArgument()
    {
        await using var store = await StartAsync(OneSeries());
        var request = Request("a=1");
        request.Matchers[0].Type = (LabelMatcher.Types.Type)7;

        Assert.Equal(new GrpcStatus(GrpcCode.InvalidArgument, "unrecognized label matcher type 7"),
            (await store.SeriesAsync(request)).Status);
    }

    [Fact]
    public async Task Series_OnlyExternalMatchers_WarnsOrAborts()
    {
        const string text = "receive series from MinTime: 1 MaxTime: 9223372036854775807: "
            + "rpc error: code = InvalidArgument desc = no matchers specified (excluding external labels)";
        await using var store = await StartAsync(OneSeries());
        var warn = Request("region=eu-west");
        var abort = Request("region=eu-west");
        abort.PartialResponseStrategy = PartialResponseStrategy.Abort;
        var deprecated = Request("region=eu-west");
        deprecated.PartialResponseDisabled = true;

        var (status, frames) = await store.SeriesAsync(warn);

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Equal(text, frames.Single().Warning);
        Assert.Equal(new GrpcStatus(GrpcCode.Aborted, text), (await store.SeriesAsync(abort)).Status);
        Assert.Equal(new GrpcStatus(GrpcCode.Aborted, text), (await store.SeriesAsync(deprecated)).Status);
    }

    [Fact]
    public async Task Series_NoTenants_IsEmptyOrUnknown()
    {
        await using var store = await StartAsync();
        var abort = Request("a=1");
        abort.PartialResponseStrategy = PartialResponseStrategy.Abort;

        Assert.Empty(await store.LabelsAsync(Request("a=1")));
        Assert.Equal(new GrpcStatus(GrpcCode.Unknown, "No StoreAPIs available"), (await store.SeriesAsync(abort)).Status);
    }

    [Fact]
    public async Task Series_OneTenantFails_OthersAreStillSent()
    {
        var broken = new FakeSource("broken",
            FakeSource.Labels("tenant_id=broken")) { Failure = new IOException("disk on fire") };
        broken.Add("a=1");
        await using var store = await StartAsync(broken, OneSeries());
        var abort = Request("a=1");
        abort.PartialResponseStrategy = PartialResponseStrategy.Abort;

        var (status, frames) = await store.SeriesAsync(Request("a=1"));

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.EndsWith("desc = disk on fire", frames[0].Warning, StringComparison.Ordinal);
        Assert.Equal("a=1,region=eu-west", frames[1].Series.Single().Labels);
        Assert.Equal(GrpcCode.Aborted, (await store.SeriesAsync(abort)).Status.Code);
        Assert.Equal(0, broken.EnteredCount);
    }

    [Theory]
    [InlineData("a=1;tenant_id=foo", 1)]
    [InlineData("a=1;tenant_id=none", 0)]
    [InlineData("a=1;tenant_id=~foo|bar", 2)]
    [InlineData("a=1;tenant_id!=foo", 1)]
    [InlineData("a=1;tenant_id!~.*", 0)]
    public async Task Series_TenantMatcher_ChoosesTenants(string matchers, int count)
    {
        await using var store = await StartAsync(
            new FakeSource("foo", FakeSource.Labels("tenant_id=foo")).Add("a=1,tenant_id=stored"),
            new FakeSource("bar", FakeSource.Labels("tenant_id=bar")).Add("a=1"));

        Assert.Equal(count, (await store.LabelsAsync(Request(matchers))).Length);
    }

    [Theory]
    [InlineData("n=1", "ABP")]
    [InlineData("n=1;i=a", "A")]
    [InlineData("n=1;i=missing", "")]
    [InlineData("missing=", "ABPQR")]
    [InlineData("n!=1", "QR")]
    [InlineData("i=~.+", "AB")]
    [InlineData("i=~.*", "ABPQR")]
    [InlineData("i=", "PQR")]
    [InlineData("i!=", "AB")]
    [InlineData("missing!=", "")]
    [InlineData("n=1;i!=a", "BP")]
    [InlineData("n=~^1$", "ABP")]
    [InlineData("n=1;i=~^a?$", "AP")]
    [InlineData("i=~^$", "PQR")]
    [InlineData("n=1;i=~^.+$", "AB")]
    [InlineData("n!~1|2.5", "Q")]
    [InlineData("n=1;i!~^.*$", "")]
    [InlineData("n=1;i!~^.+$", "P")]
    [InlineData("n=1;i!=b;i=~^(b|a).*$", "A")]
    [InlineData("n=~x1|2", "Q")]
    [InlineData("n=~2|2\\.5", "QR")]
    [InlineData("i=~c||d", "PQR")]
    public async Task Series_Matchers_SelectAsUpstream(string matchers, string expected)
    {
        var names = new Dictionary<string, char>
        {
            ["i=a,n=1,z=e"] = 'A', ["i=b,n=1,z=e"] = 'B', ["n=1,z=e"] = 'P', ["n=2,z=e"] = 'Q', ["n=2.5,z=e"] = 'R',
        };
        await using var store = await StartAsync(Tenant("z=e").Add("n=1").Add("i=a,n=1").Add("i=b,n=1").Add("n=2").Add("n=2.5"));

        var labels = await store.LabelsAsync(Request(matchers));

        Assert.Equal(expected, string.Concat(labels.Select(l => names[l])));
    }

    [Fact]
    public async Task Series_ResponseBatchSize_GroupsAndFlushesTheRest()
    {
        await using var store = await StartAsync(Tenant().Add("a=1").Add("a=2").Add("a=3").Add("a=4").Add("a=5"));
        int[] single = [1, 1, 1, 1, 1];
        foreach (var (size, expected) in new[] { (3, new[] { 3, 2 }), (0, single), (1, single), (-4, single), (64, [5]) })
        {
            var request = Request("a=~.+");
            request.ResponseBatchSize = size;
            var (_, frames) = await store.SeriesAsync(request);
            Assert.Equal(expected, frames.Select(f => f.Series.Count));
            Assert.All(frames, f => Assert.Equal(size > 1, f.IsBatch));
            Assert.Equal(["1", "2", "3", "4", "5"], frames.SelectMany(f => f.Series).Select(s => s.Labels[2..3]));
        }
    }

    [Fact]
    public async Task Series_LimitOfRequest_CutsInOrder()
    {
        await using var store = await StartAsync(
            new FakeSource("b", FakeSource.Labels("tenant_id=b")).Add("x=3").Add("x=4"),
            new FakeSource("a", FakeSource.Labels("tenant_id=a")).Add("x=1").Add("x=2"));
        var request = Request("x=~.+");
        request.SkipChunks = true;
        request.Limit = 2;

        Assert.Equal(["tenant_id=a,x=1", "tenant_id=a,x=2"], await store.LabelsAsync(request));
    }

    [Theory]
    [InlineData(2, 0, 0, "send series response: failed to send series: limit 2 violated (got 3)")]
    [InlineData(2, 0, 64, "failed to send series: limit 2 violated (got 3)")]
    [InlineData(0, 50, 0, "send series response: failed to send samples: limit 50 violated (got 120)")]
    [InlineData(0, 240, 3, "send series response: failed to send samples: limit 240 violated (got 360)")]
    [InlineData(3, 360, 0, null)]
    public async Task Series_LimitOfServer_FailsAsUpstream(long series, long samples, int batchSize, string? text)
    {
        var options = new StoreApiOptions { SeriesPerRequestMax = series, SamplesPerRequestMax = samples };
        await using var store = await StartAsync(options, () => true, Tenant().Add("a=1").Add("a=2").Add("a=3"));
        var request = Request("a=~.+");
        request.ResponseBatchSize = batchSize;

        var (status, _) = await store.SeriesAsync(request);

        Assert.Equal(text is null ? GrpcStatus.Ok : new GrpcStatus(GrpcCode.Unknown, text), status);
    }

    [Fact]
    public async Task Series_ManyChunks_SplitAtTheBudgetOfUpstream()
    {
        var random = new Random(51);
        var chunks = new ChunkView[3000];
        for (var i = 0; i < chunks.Length; i++)
        {
            var data = new byte[1000];
            random.NextBytes(data);
            chunks[i] = new ChunkView((i * 10) + 1, (i * 10) + 9, (ChunkEncoding)(1 + (i % 3)), data);
        }
        await using var store = await StartAsync(Tenant().Add(FakeSource.Labels("a=1"), chunks));

        var (_, frames) = await store.SeriesAsync(Request("a=1"));

        Assert.All(frames, f => Assert.Equal("a=1,region=eu-west", f.Series.Single().Labels));
        var sent = frames.SelectMany(f => f.Series.Single().Chunks).ToArray();
        Assert.Equal(
            chunks.Select(c => (c.MinTimeMs, c.MaxTimeMs, (uint)c.Encoding - 1)), sent.Select(c => (c.Min, c.Max, c.Type)));
        Assert.All(sent.Zip(chunks), pair => Assert.True(pair.First.Data.AsSpan().SequenceEqual(pair.Second.Data.Span)));
        // Every message but the last is over the budget by less than one chunk.
        Assert.All(frames.SkipLast(1), f => Assert.InRange(f.Series.Single().SizeBytes, 1 << 20, (1 << 20) + 10_000));
        Assert.Equal(3, frames.Count);
    }
}
