using System.Buffers;
using System.Globalization;
using Hashring;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;

namespace Receiver.Tests.Replication;

/// <summary>A peer that answers as told and keeps what it was sent.</summary>
internal sealed class FakePeer(Endpoint endpoint) : IPeerTransport
{
    public Endpoint Endpoint { get; } = endpoint;

    /// <summary>Gives the answer to the n-th call.</summary>
    public Func<int, Task<PeerAnswer>> Answer { get; set; } = _ => Task.FromResult(new PeerAnswer(WriteOutcome.Stored, ""));

    public List<byte[]> Messages { get; } = [];

    public bool IsDisposed { get; private set; }

    public async ValueTask<PeerAnswer> SendAsync(ReadOnlySequence<byte> message, TimeSpan timeout, CancellationToken stop)
    {
        int call;
        lock (Messages)
        {
            call = Messages.Count;
            Messages.Add(message.ToArray());
        }
        return await Answer(call).WaitAsync(stop);
    }

    public void Dispose() => IsDisposed = true;

    public void Says(WriteOutcome outcome, string text) => Answer = _ => Task.FromResult(new PeerAnswer(outcome, text));
}

/// <summary>A fan-out over fake peers.</summary>
internal sealed class FakeRing : IAsyncDisposable
{
    public FakeRing(int peers, int factor, TimeProvider clock, string algorithm = "ketama", TimeSpan? maxBackoff = null)
    {
        var endpoints = new List<Endpoint>();
        for (var i = 0; i < peers; i++)
        {
            endpoints.Add(new Endpoint(
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{21131 + i}"),
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{21141 + i}"), ""));
        }
        var config = new HashringConfig { Endpoints = endpoints, Algorithm = algorithm };
        Rings = MultiHashring.Create([config], algorithm, factor, out var error)!;
        Assert.Equal("", error);
        var options = new ReplicationOptions
        {
            Mode = RoutingMode.RouterOnly,
            ReplicationFactor = factor,
            WorkersPerPeer = 1,
            BackoffMax = maxBackoff ?? TimeSpan.FromSeconds(5),
        };
        Fanout = new Fanout(options, null, Connect, new WriteMetrics(Registry, options.ForwardTimeout), clock);
    }

    public MetricRegistry Registry { get; } = new();

    public MultiHashring Rings { get; }

    public Fanout Fanout { get; }

    public SortedDictionary<string, FakePeer> Peers { get; } = new(StringComparer.Ordinal);

    public Task StartAsync() => Fanout.SetRingsAsync(Rings);

    /// <summary>Sends a body through; the batch goes back to a pool of its own, whose balance is the second result.</summary>
    public async Task<(WriteResult Result, BatchPool Pool)> WriteAsync(byte[] body, ulong replica = 0, string tenant = "team-a")
    {
        var pool = new BatchPool(4);
        var batch = pool.Rent();
        batch.Reset(body);
        Assert.True(BatchReader.ReadRemoteWrite(batch, tenant).IsNone);
        var result = await Fanout.WriteAsync(batch, replica, CancellationToken.None);
        batch.Release();
        return (result, pool);
    }

    public ValueTask DisposeAsync() => Fanout.DisposeAsync();

    private FakePeer Connect(Endpoint endpoint)
    {
        var peer = new FakePeer(endpoint);
        Peers.Add(endpoint.Address, peer);
        return peer;
    }
}
