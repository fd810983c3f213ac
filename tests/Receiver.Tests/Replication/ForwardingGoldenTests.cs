using System.Globalization;
using System.Text.Json;
using Receiver.RemoteWrite;
using Receiver.Tests.RemoteWrite;
using TestKit;

namespace Receiver.Tests.Replication;

/// <summary>What real routers sent to their peers, request by request, against what this one sends.</summary>
public class ForwardingGoldenTests
{
    [Theory]
    [InlineData("r3", "ketama", 3, 3)]
    [InlineData("r3hm", "hashmod", 3, 3)]
    [InlineData("r3split", "ketama", 3, 3)]
    [InlineData("r3old", "ketama", 3, 3)]
    [InlineData("r2of5", "ketama", 5, 2)]
    public async Task Write_RecordedRequests_SendsEachPeerTheSameSeries(string router, string algorithm, int peers, int factor)
    {
        var writes = Recorded(router);
        Assert.True(writes.Count > 0, $"only {writes.Count} writes of {router}");
        foreach (var (body, tenant, replica, expected) in writes)
        {
            await using var ring = new FakeRing(peers, factor, TimeProvider.System, algorithm);
            await ring.StartAsync();
            var (result, pool) = await ring.WriteAsync(body, replica, tenant);
            Assert.Equal(WriteResult.Stored, result);
            while (pool.Outstanding > 0) await Task.Yield(); // Late replicas hold the batch until they are through.
            var sent = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var (address, peer) in ring.Peers)
            {
                foreach (var message in peer.Messages) sent.Add(Describe(address.Split(':')[1], message));
            }
            Assert.Equal(expected, sent);
        }
    }

    private static List<(byte[] Body, string Tenant, ulong Replica, SortedSet<string> Expected)> Recorded(string router)
    {
        var writes = new Dictionary<string, (byte[], string, ulong, SortedSet<string>)>(StringComparer.Ordinal);
        foreach (var file in Golden.Files("replication/grpc-payloads", "*.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                var what = row.GetProperty("write").GetString()!;
                // Version 2.0 and the split label are other parts' business.
                if (row.GetProperty("router").GetString() != router || what.StartsWith("RW2", StringComparison.Ordinal)
                    || what.StartsWith("split label", StringComparison.Ordinal)) continue;
                if (!writes.TryGetValue(what, out var write))
                {
                    var request = row.GetProperty("http_request");
                    var body = Requests.Decompress(Convert.FromBase64String(request.GetProperty("body_base64").GetString()!));
                    var replica = ulong.Parse(Header(request, "THANOS-REPLICA", "0"), CultureInfo.InvariantCulture);
                    var tenant = Header(request, "THANOS-TENANT", "default-tenant");
                    write = (body, tenant, replica, new SortedSet<string>(StringComparer.Ordinal));
                    writes.Add(what, write);
                }
                var message = Convert.FromBase64String(row.GetProperty("message_base64").GetString()!);
                write.Item4.Add(Describe(row.GetProperty("peer_port").ToString(), message));
            }
        }
        return [.. writes.Values];
    }

    private static string Header(JsonElement request, string name, string otherwise)
    {
        foreach (var header in request.GetProperty("headers").EnumerateArray())
        {
            if (header[0].GetString() == name) return header[1].GetString()!;
        }
        return otherwise;
    }

    private static string Describe(string port, byte[] message)
    {
        using var batch = new Batch();
        batch.Reset(message);
        Assert.True(BatchReader.ReadForwarded(batch, out var replica).IsNone);
        var text = new List<string>();
        foreach (ref readonly var series in batch.Series)
        {
            // Not the bytes: upstream decodes and encodes again, and leaves out zeros.
            text.Add($"{Requests.Text(batch.Labels(in series))} {series.Traits}");
            foreach (ref readonly var item in batch.Items.Slice(series.FirstItem, series.ItemCount))
            {
                var bits = item.ValueBits == 1UL << 63 ? 0 : item.ValueBits; // Minus zero is such a zero.
                text.Add(string.Create(CultureInfo.InvariantCulture, $"{bits:x16}@{item.TimestampMs}"));
            }
        }
        var tenant = batch.Tenants[batch.SeriesCount == 0 ? 0 : batch.Series[0].Tenant];
        return string.Create(CultureInfo.InvariantCulture, $"{port} replica {replica} of {tenant}: {string.Join(' ', text)}");
    }
}
