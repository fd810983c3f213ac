using System.Linq;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Store;
using Receiver.StoreApi;
using static Receiver.Tests.StoreApi.StoreClient;

namespace Receiver.Tests.StoreApi;

public class ControlServiceTests
{
    private const long Now = 1_767_571_200_000;

    private static FakeSource D3(string external = "region=eu-west") => new FakeSource("t", FakeSource.Labels(external))
        .Add("foo=foovalue1", Now, Now).Add("foo=foovalue2", Now, Now).Add("bar=barvalue1,foo=foovalue1", Now, Now);

    private static async Task<string> NamesAsync(StoreClient store, string matchers, long start = 0, long end = Now + 1,
        int limit = 0, string without = "")
    {
        var request = new LabelNamesRequest { Start = start, End = end, Limit = limit };
        request.Matchers.Add(Matchers(matchers));
        if (without.Length > 0) request.WithoutReplicaLabels.Add(ByteString.CopyFromUtf8(without));
        var (status, reply) = await store.CallAsync("/thanos.Store/LabelNames", request);
        Assert.Equal(GrpcStatus.Ok, status);
        return string.Join(',', LabelNamesResponse.Parser.ParseFrom(reply).Names.Select(n => n.ToStringUtf8()));
    }

    private static async Task<string> ValuesAsync(StoreClient store, string label, string matchers, long start = 0,
        long end = Now + 1, int limit = 0, string without = "")
    {
        var request = new LabelValuesRequest { Label = ByteString.CopyFromUtf8(label), Start = start, End = end, Limit = limit };
        request.Matchers.Add(Matchers(matchers));
        if (without.Length > 0) request.WithoutReplicaLabels.Add(ByteString.CopyFromUtf8(without));
        var (status, reply) = await store.CallAsync("/thanos.Store/LabelValues", request);
        Assert.Equal(GrpcStatus.Ok, status);
        return string.Join(',', LabelValuesResponse.Parser.ParseFrom(reply).Values.Select(n => n.ToStringUtf8()));
    }

    [Theory]
    [InlineData("", "bar,foo,region")]
    [InlineData("bar=barvalue1", "bar,foo,region")]
    [InlineData("foo=foovalue2", "foo,region")]
    [InlineData("bar=different", "")]
    [InlineData("region=eu-west", "bar,foo,region")]
    [InlineData("region=different", "")]
    public async Task LabelNames_Matchers_AsUpstream(string matchers, string expected)
    {
        await using var store = await StartAsync(D3());
        Assert.Equal(expected, await NamesAsync(store, matchers));
    }

    [Theory]
    [InlineData("foo", "", "foovalue1,foovalue2")]
    [InlineData("foo", "bar=barvalue1", "foovalue1")]
    [InlineData("foo", "bar=different", "")]
    [InlineData("region", "__name__=nonexistent", "")]
    [InlineData("region", "region=eu-east", "")]
    [InlineData("region", "", "eu-west")]
    [InlineData("region", "foo=foovalue1", "eu-west")]
    [InlineData("foo", "region=eu-west", "foovalue1,foovalue2")]
    [InlineData("foo", "region=different", "")]
    [InlineData("missing", "", "")]
    public async Task LabelValues_Matchers_AsUpstream(string label, string matchers, string expected)
    {
        await using var store = await StartAsync(D3());
        Assert.Equal(expected, await ValuesAsync(store, label, matchers));
    }

    [Fact]
    public async Task Labels_BeforeTheData_AreNone()
    {
        const long end = Now - (4 * 3_600_000);
        await using var store = await StartAsync(D3());
        Assert.Equal("", await NamesAsync(store, "", 0, end));
        Assert.Equal("", await ValuesAsync(store, "foo", "", 0, end));
    }

    [Fact]
    public async Task Labels_ReplicaLabels_AreNotAdded()
    {
        await using var store = await StartAsync(D3("region=eu-west,replica=r1"));
        Assert.Equal("bar,foo,region", await NamesAsync(store, "", without: "replica"));
        Assert.Equal("", await ValuesAsync(store, "replica", "", without: "replica"));
    }

    [Fact]
    public async Task Labels_SeveralTenants_MergeThenCut()
    {
        await using var store = await StartAsync(
            new FakeSource("t2", FakeSource.Labels("")).Add("x=3").Add("x=4,d=1"),
            new FakeSource("t1", FakeSource.Labels("")).Add("x=1").Add("x=2,c=1"));
        Assert.Equal("1,2", await ValuesAsync(store, "x", "", limit: 2));
        Assert.Equal("1,2,3,4", await ValuesAsync(store, "x", ""));
        Assert.Equal("c,d", await NamesAsync(store, "", limit: 2));
    }

    [Fact]
    public async Task LabelValues_EmptyLabel_IsInvalidArgument()
    {
        await using var store = await StartAsync(D3());
        var (status, _) = await store.CallAsync("/thanos.Store/LabelValues", new LabelValuesRequest());
        Assert.Equal(new GrpcStatus(GrpcCode.InvalidArgument, "label name parameter cannot be empty"), status);
    }

    [Fact]
    public async Task Labels_TenantFails_WarnsOrFails()
    {
        var broken = new FakeSource("b", FakeSource.Labels("")) { Failure = new IOException("gone") };
        broken.Add("a=1");
        await using var store = await StartAsync(broken, D3());
        var request = new LabelNamesRequest { End = Now };

        var (status, reply) = await store.CallAsync("/thanos.Store/LabelNames", request);
        request.PartialResponseStrategy = PartialResponseStrategy.Abort;
        var (aborted, _) = await store.CallAsync("/thanos.Store/LabelNames", request);

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.StartsWith("fetch label names from store MinTime: 0",
            LabelNamesResponse.Parser.ParseFrom(reply).Warnings.Single(), StringComparison.Ordinal);
        Assert.Equal(GrpcCode.Internal, aborted.Code);
    }

    [Fact]
    public async Task Info_FreshReceiver_IsTheBytesUpstreamSends()
    {
        await using var store = await StartAsync(
            new FakeSource("default-tenant", FakeSource.Labels("receive=r1,tenant_id=default-tenant")));

        var (status, reply) = await store.CallAsync("/thanos.info.Info/Info", null);

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Equal("0a2c0a0d0a0772656365697665120272310a1b0a0974656e616e745f6964120e646566"
            + "61756c742d74656e616e741207726563656976651a5c"
            + "08ffffffffffffffff7f10ffffffffffffffff7f1801280132420a2c0a0d0a07726563"
            + "65697665120272310a1b0a0974656e616e745f6964120e6465"
            + "6661756c742d74656e616e7410ffffffffffffffff7f18ffffffffffffffff7f3a004a00", Convert.ToHexStringLower(reply));
    }

    [Fact]
    public async Task Info_NotReady_IsUnknown()
    {
        await using var store = await StartAsync(new StoreApiOptions(), () => false, D3());
        var (info, _) = await store.CallAsync("/thanos.info.Info/Info", null);
        var (status, _) = await store.StreamAsync("/thanos.Status/TSDBStatistics", []);
        Assert.Equal(new GrpcStatus(GrpcCode.Unknown, "Not ready"), info);
        Assert.Equal(new GrpcStatus(GrpcCode.Unknown, "not ready"), status);
    }

    [Fact]
    public void Info_Router_CoversAllTime()
    {
        var info = InfoService.Describe([]);
        Assert.Equal((long.MinValue, long.MaxValue), (info.Store.MinTime, info.Store.MaxTime));
        Assert.Empty(info.LabelSets);
    }

    [Fact]
    public async Task Status_OneTenant_IsTheBytesUpstreamSends()
    {
        var source = new FakeSource("default-tenant", FakeSource.Labels("tenant_id=default-tenant")).Add("a=1").Add("a=2");
        await using var store = await StartAsync(source);

        var (status, frames) = await store.StreamAsync("/thanos.Status/TSDBStatistics",
            new TSDBStatisticsRequest { Limit = -1 }.ToByteArray());

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Equal("0a360a340a0e64656661756c742d74656e616e7412220a0a0802100320e80728d00f12"
            + "060a02757010021a0c0a085f5f6e616d655f5f1001",
            Convert.ToHexStringLower(frames.Single()));
    }

    [Fact]
    public async Task Status_Filters_ChooseTenants()
    {
        await using var store = await StartAsync(
            new FakeSource("a", FakeSource.Labels("tenant_id=a")), new FakeSource("b", FakeSource.Labels("tenant_id=b")));
        var byMatcher = new TSDBStatisticsRequest();
        byMatcher.Matchers.Add(Matchers("tenant_id!=b"));

        Assert.Equal(["a"], await TenantsAsync(byMatcher));
        Assert.Equal(["b"], await TenantsAsync(new TSDBStatisticsRequest { Tenant = "b" }));
        Assert.Empty(await TenantsAsync(new TSDBStatisticsRequest { Tenant = "zz" }));

        async Task<IEnumerable<string>> TenantsAsync(TSDBStatisticsRequest request)
        {
            var (_, frames) = await store.StreamAsync("/thanos.Status/TSDBStatistics", request.ToByteArray());
            return TSDBStatisticsResponse.Parser.ParseFrom(frames.Single()).Statistics.Statistics.Keys;
        }
    }

    [Fact]
    public async Task Exemplars_WithoutStorage_AreNone()
    {
        await using var store = await StartAsync(D3());
        var (status, frames) = await store.StreamAsync("/thanos.Exemplars/Exemplars",
            new ExemplarsRequest { Query = "up" }.ToByteArray());
        Assert.Equal(GrpcStatus.Ok, status);
        Assert.Empty(frames);
    }
}
