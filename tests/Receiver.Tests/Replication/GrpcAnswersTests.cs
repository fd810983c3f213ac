using System.Buffers;
using System.Text.Json;
using Hashring;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Telemetry;
using Receiver.Tests.RemoteWrite;
using TestKit;

namespace Receiver.Tests.Replication;

/// <summary>Recorded messages of other receivers, in the order recorded, into real databases.</summary>
public class GrpcAnswersTests
{
    [Theory]
    [InlineData("ingestor-only")]
    [InlineData("router-ingestor")]
    public async Task RemoteWrite_RecordedMessages_GetTheRecordedAnswers(string server)
    {
        using var folder = new TempFolder();
        using var databases = new FolderDatabases(folder.Path);
        var metrics = new WriteMetrics(new MetricRegistry(), TimeSpan.FromSeconds(5));
        var self = server == "ingestor-only" ? Endpoint.FromAddress("") : Endpoint.FromAddress("127.0.0.1:21155");
        var options = new ReplicationOptions
        {
            Mode = server == "ingestor-only" ? RoutingMode.IngestorOnly : RoutingMode.RouterIngestor,
            LocalEndpoint = self.Address,
        };
        await using var fanout = new Fanout(
            options, new LocalWriter(databases), _ => throw new InvalidOperationException(), metrics, TimeProvider.System);
        await fanout.SetRingsAsync(MultiHashring.FromSingle(self));
        var batches = new BatchPool(2);
        var service = new WriteableStoreService(
            fanout, batches, new BodyBudget(0), metrics, NullLogger<WriteableStoreService>.Instance);
        var differences = new List<string>();
        var compared = 0;
        foreach (var (what, message, code, details) in Recorded(server))
        {
            compared++;
            var result = await service.WriteAsync(new ReadOnlySequence<byte>(message), CancellationToken.None);
            if (Matches(what, result, code, details)) continue;
            differences.Add($"{what}: {code} {details} but {result.Outcome} {result.Text}");
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {compared}:\n{string.Join('\n', differences)}");
        Assert.True(compared > 0, $"only {compared} messages compared");
        Assert.Equal(0, batches.Outstanding);
    }

    private static bool Matches(string what, WriteResult result, string code, string details) => what switch
    {
        // Checked as on every door; upstream opens databases in odd places for these.
        "tuple with empty tenant" or "fields 1 only, no tenant" or "tenant with slash" or "tenant of 300 characters"
            => result == new WriteResult(WriteOutcome.BadTenant, "tenant name not valid"),
        _ when what.StartsWith("LAST CASE", StringComparison.Ordinal) => result.Outcome == WriteOutcome.BadTenant,
        // Upstream stops at the first tenant that fails and names that one; all are tried and named here.
        "three tenants: bad labels, out of order, good" => result.Outcome == WriteOutcome.Conflict,
        // Upstream answers success and drops a native histogram that contradicts itself; here the sender is told.
        _ when code == "OK" && result.Text.Contains(" histograms: ", StringComparison.Ordinal) =>
            result.Outcome == WriteOutcome.Conflict,
        _ => (Code(result.Outcome), result.Text) == (code, details),
    };

    private static string Code(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Stored => "OK",
        WriteOutcome.Conflict => "ALREADY_EXISTS",
        WriteOutcome.Unavailable => "UNAVAILABLE",
        WriteOutcome.BadReplica => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    };

    // Exemplars are not stored yet; unknown methods and encodings are the transport's business.
    private static bool IsOtherBusiness(string what) =>
        what.StartsWith("exemplar", StringComparison.Ordinal) || what.StartsWith("unknown method", StringComparison.Ordinal)
        || what.StartsWith("unknown service", StringComparison.Ordinal) || what.StartsWith("deflate", StringComparison.Ordinal);

    private static IEnumerable<(string What, byte[] Message, string Code, string Details)> Recorded(string server)
    {
        foreach (var file in Golden.Files("replication", "remotewrite-grpc-answers*.jsonl"))
        {
            foreach (var line in Golden.Lines(file))
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                var what = row.GetProperty("what").GetString()!;
                if (!row.GetProperty("server").GetString()!.StartsWith(server, StringComparison.Ordinal)
                    || IsOtherBusiness(what)
                    || row.GetProperty("message_base64").GetString() is not { } message) continue;
                var answer = row.GetProperty("answer");
                var (code, details) = (answer.GetProperty("code").GetString()!, answer.GetProperty("details").GetString()!);
                yield return (what, Convert.FromBase64String(message), code, details);
            }
        }
    }
}
