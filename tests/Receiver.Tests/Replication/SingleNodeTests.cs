using Hashring;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tests.RemoteWrite;
using TestKit;

namespace Receiver.Tests.Replication;

/// <summary>A receiver alone on its ring: walk, append, answer.</summary>
public class SingleNodeTests
{
    private const int Samples = 2000;

    [Fact]
    public async Task Write_Warm_AllocatesNothingPerSample()
    {
        using var folder = new TempFolder();
        using var databases = new FolderDatabases(folder.Path);
        await using var fanout = Alone(new LocalWriter(databases));
        await fanout.SetRingsAsync(MultiHashring.FromSingle(Endpoint.FromAddress("")));
        var batches = new BatchPool(1);
        long allocated = 0;
        for (var round = 0; round < 20; round++)
        {
            var body = Requests.Many(Samples, 1_700_000_000_000 + (15_000 * round));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var batch = batches.Rent();
            batch.Reset(body);
            BatchReader.ReadRemoteWrite(batch, "t");
            var writing = fanout.WriteAsync(batch, 0, CancellationToken.None);
            Assert.True(writing.IsCompletedSuccessfully); // Nothing was queued or handed to another thread.
            Assert.True((await writing).IsStored);
            batch.Release();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.True(allocated < Samples, $"{allocated} bytes for {Samples} samples");
        Assert.Equal(Samples, databases.Open["t"].SeriesCount);
    }

    [Fact]
    public async Task Write_DatabaseDoesNotOpen_IsWorthARetry()
    {
        await using var fanout = Alone(new LocalWriter(new BrokenDatabases()));
        await fanout.SetRingsAsync(MultiHashring.FromSingle(new Endpoint("", "", "")));
        using var batch = Requests.Read(Requests.Many(1));
        Assert.Equal(
            new WriteResult(
                WriteOutcome.Unavailable,
                "forwarding request to endpoint addr: , capnp_addr: , az: : "
                    + "writing locally: get tenant appendable: disk on fire"),
            await fanout.WriteAsync(batch, 0, CancellationToken.None));
    }

    private static Fanout Alone(ILocalWriter writer) => new(
        new ReplicationOptions { Mode = RoutingMode.IngestorOnly, LocalEndpoint = "" },
        writer, _ => throw new InvalidOperationException(), new WriteMetrics(new MetricRegistry(), TimeSpan.FromSeconds(5)),
        TimeProvider.System);

    private sealed class BrokenDatabases : ITenantDatabases
    {
        public ValueTask<Tsdb.Database> OpenAsync(string tenant, CancellationToken stop) => throw new IOException("disk on fire");
    }
}
