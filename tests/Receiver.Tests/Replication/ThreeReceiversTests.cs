using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Hashring;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tests.RemoteWrite;
using TestKit;

namespace Receiver.Tests.Replication;

/// <summary>The recorded play of three receivers of which two are killed, with real databases and no network.</summary>
public class ThreeReceiversTests
{
    [Fact]
    public async Task Write_RecordedPlay_GetsTheRecordedStatuses()
    {
        var clock = new ManualClock();
        using var folder = new TempFolder();
        var nodes = new Node[3];
        for (var i = 0; i < nodes.Length; i++)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{21101 + (3 * i)}");
            nodes[i] = new Node(address, folder.At($"node{i}"), nodes, clock);
        }
        foreach (var node in nodes) await node.StartAsync();
        var compared = 0;
        foreach (var file in Golden.Files("replication", "three-receivers.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var step = JsonDocument.Parse(line);
                await CompareAsync(nodes, step.RootElement);
                compared++;
                // Long enough for every pause to end: a backoff changes texts, never statuses.
                clock.Advance(TimeSpan.FromSeconds(6));
            }
        }
        Assert.True(compared > 0, $"only {compared} steps compared");
        foreach (var node in nodes) await node.DisposeAsync();
    }

    private static async Task CompareAsync(Node[] nodes, JsonElement step)
    {
        var up = step.GetProperty("nodes_up").GetString()!;
        for (var i = 0; i < nodes.Length; i++) nodes[i].IsUp = up.Contains((char)('0' + i), StringComparison.Ordinal);
        var request = step.GetProperty("request");
        var body = Requests.Decompress(Convert.FromBase64String(request.GetProperty("body_base64").GetString()!));
        ulong replica = 0;
        foreach (var header in request.GetProperty("headers").EnumerateArray())
        {
            if (header[0].GetString() == "THANOS-REPLICA")
                replica = ulong.Parse(header[1].GetString()!, CultureInfo.InvariantCulture);
        }
        var result = await nodes[step.GetProperty("sent_to_node").GetInt32()].WriteAsync(body, replica);
        var what = $"step {step.GetProperty("step")}, {step.GetProperty("what")}: {result.Text}";
        // Upstream answers success and drops a native histogram that contradicts itself; here the sender is told.
        var isRefusedHistogram = result.HttpStatus == 409 && result.Text.Contains(" histograms: ", StringComparison.Ordinal);
        var expected = isRefusedHistogram ? 409 : step.GetProperty("status").GetInt32();
        Assert.Equal((what, expected), (what, result.HttpStatus));
    }

    private sealed class Node : IAsyncDisposable
    {
        private readonly FolderDatabases _databases;
        private readonly Fanout _fanout;
        private readonly WriteableStoreService _service;
        private readonly BatchPool _batches = new(8);
        private readonly Endpoint[] _ring =
        [
            Endpoint.FromAddress("127.0.0.1:21101"), Endpoint.FromAddress("127.0.0.1:21104"),
            Endpoint.FromAddress("127.0.0.1:21107"),
        ];

        public Node(string address, string folder, Node[] nodes, TimeProvider clock)
        {
            Address = address;
            _databases = new FolderDatabases(folder);
            var metrics = new WriteMetrics(new MetricRegistry(), TimeSpan.FromSeconds(5));
            var options = new ReplicationOptions
            {
                Mode = RoutingMode.RouterIngestor, LocalEndpoint = address, ReplicationFactor = 3,
            };
            _fanout = new Fanout(options, new LocalWriter(_databases), endpoint => new Line(endpoint, nodes), metrics, clock);
            _service = new WriteableStoreService(
                _fanout, _batches, new BodyBudget(0), metrics, NullLogger<WriteableStoreService>.Instance);
        }

        public string Address { get; }

        public bool IsUp { get; set; } = true;

        public Task StartAsync()
        {
            var config = new HashringConfig { Endpoints = _ring, Algorithm = "ketama" };
            return _fanout.SetRingsAsync(MultiHashring.Create([config], "ketama", 3, out _)!);
        }

        public async Task<WriteResult> WriteAsync(byte[] body, ulong replica)
        {
            var batch = _batches.Rent();
            batch.Reset(body);
            Assert.True(BatchReader.ReadRemoteWrite(batch, "tri").IsNone);
            var result = await _fanout.WriteAsync(batch, replica, CancellationToken.None);
            batch.Release();
            while (_batches.Outstanding > 0) await Task.Yield(); // The play pauses between its steps.
            return result;
        }

        public async Task<PeerAnswer> CallAsync(byte[] message)
        {
            if (!IsUp) return new PeerAnswer(WriteOutcome.Unavailable, "rpc error: code = Unavailable desc = connection error");
            var result = await _service.WriteAsync(new ReadOnlySequence<byte>(message), CancellationToken.None);
            return new PeerAnswer(result.Outcome, $"rpc error: {result.Text}");
        }

        public async ValueTask DisposeAsync()
        {
            await _fanout.DisposeAsync();
            _databases.Dispose();
        }
    }

    private sealed class Line(Endpoint endpoint, Node[] nodes) : IPeerTransport
    {
        public async ValueTask<PeerAnswer> SendAsync(ReadOnlySequence<byte> message, TimeSpan timeout, CancellationToken stop)
        {
            foreach (var node in nodes)
            {
                if (node.Address == endpoint.Address) return await node.CallAsync(message.ToArray());
            }
            throw new InvalidOperationException("no such node");
        }

        public void Dispose()
        {
        }
    }
}
