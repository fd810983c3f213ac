using System.Linq;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Grpc;
using Receiver.RemoteWrite;
using Receiver.StoreApi;
using Receiver.Tenancy;
using Receiver.Tests.Grpc;
using TestKit;
using Tsdb;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.Tests.StoreApi;

/// <summary>The data set of tests/golden/storeapi, loaded as its README says: half of it, a flush, a restart, the rest.</summary>
public sealed class GoldenStore : IAsyncLifetime, IDisposable
{
    private const string LastBeforeRestart = "-018.snappy";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("store-golden");
    private TenantStore? _tenants;
    private GrpcHost? _host;

    public GrpcChannel Channel { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var bodies = Path.Combine(_directory.FullName, "bodies");
        Golden.Extract(Golden.Files("storeapi", "rw-bodies.tar.gz").Single(), bodies);
        var index = Golden.Files("storeapi",
            "rw-bodies.jsonl").SelectMany(Golden.Lines).Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => !e.GetProperty("ooo").GetBoolean())
            .Select(e => (File: e.GetProperty("file").GetString()!, Tenant: e.GetProperty("tenant").GetString()!)).ToArray();
        var half = Array.FindLastIndex(index, e => e.File.EndsWith(LastBeforeRestart, StringComparison.Ordinal)) + 1;
        await using (var first = Open())
        {
            await first.OpenAllAsync(default);
            foreach (var (file, tenant) in index[..half]) await WriteAsync(first, tenant, Path.Combine(bodies, file));
            await first.FlushAsync(default);
        }
        _tenants = Open();
        await _tenants.OpenAllAsync(default);
        foreach (var (file, tenant) in index[half..]) await WriteAsync(_tenants, tenant, Path.Combine(bodies, file));
        var tenants = _tenants;
        _host = await GrpcHost.StartAsync(s => StoreApiServices.Map(s, () => tenants.Open, () => true, new StoreApiOptions()));
        Channel = _host.Channel();
    }

    public async Task DisposeAsync()
    {
        Channel.Dispose();
        if (_host is not null) await _host.DisposeAsync();
        if (_tenants is not null) await _tenants.DisposeAsync();
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private TenantStore Open() => new(new TenancyOptions
    {
        Database = new DatabaseOptions
        {
            Directory = Path.Combine(_directory.FullName, "data"), RetentionMs = 0, ExemplarsMax = 1000,
        },
        Labels = LabelSet.FromStrings(("region", "eu-1"), ("replica", "r1")),
    }, null, NullLogger<TenantStore>.Instance);

    private static async Task WriteAsync(TenantStore tenants, string tenant, string path)
    {
        var compressed = await File.ReadAllBytesAsync(path);
        Assert.True(Snappy.TryGetDecodedLength(compressed, out var length));
        var body = new byte[length];
        Assert.Equal(SnappyStatus.Ok, Snappy.Decode(compressed, body));
        using var batch = new Batch();
        batch.Reset(body);
        Assert.Equal(DecodeFault.None, BatchReader.ReadRemoteWrite(batch, tenant));
        await new LocalWriter(new Databases(tenants)).WriteAsync(tenant, batch, default);
    }

    private sealed class Databases(TenantStore tenants) : ITenantDatabases
    {
        public async ValueTask<Database> OpenAsync(string tenant, CancellationToken stop) =>
            (await tenants.GetOrOpenAsync(tenant, stop)).Database;
    }
}
