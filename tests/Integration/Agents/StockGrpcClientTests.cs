using System.Globalization;
using System.Linq;
using System.Text.Json;
using Integration.Fixture;
using Integration.GrpcInterop;
using TestKit;
using Tsdb.Chunks;

namespace Integration.Agents;

/// <summary>Stock gRPC clients read from a receiver, started on what the agent's run left, what the agent had sent.</summary>
[Collection(AgentRunCollection.Name)]
[Trait("Category", "Slow")]
public sealed class StockGrpcClientTests(AgentRun run)
{
    // What Thanos Query asks for; and 0, upon which every series comes as a message of its own.
    private static readonly string[] BatchSizes = ["64", "0"];

    [SkippableFact]
    public async Task Store_AskedByGrpcJs_AnswersWhatWasSent()
    {
        await StockTool.RequireAsync("node", "-e", "require('@grpc/grpc-js'); require('@grpc/proto-loader')");
        await AskAsync("node", "store_client.js");
    }

    [SkippableFact]
    public async Task Store_AskedByGrpcio_AnswersWhatWasSent()
    {
        Programs.Require("protobuf-compiler protobuf-compiler-grpc", "protoc", "grpc_python_plugin");
        await StockTool.RequireAsync(StockTool.Python, "-c", "import grpc, google.protobuf");
        await AskAsync(StockTool.Python, "store_client.py");
    }

    private async Task AskAsync(string program, string script)
    {
        AgentRun.SkipIfAbsent();
        using var folder = new TempFolder();
        var stopped = run.Receivers[0];
        StoredSamples.Copy(stopped.DataDirectory, folder.At("data"));
        StoredSamples.Copy(AgentRun.DirectoryOf(stopped), folder.At("expected"));
        var expected = StoredSamples.OfDatabase(folder.At("expected"));
        await using var receiver = new ReceiverProcess(folder.At("data"), stopped.Replica);
        await receiver.StartAsync();
        foreach (var batchSize in BatchSizes)
        {
            var (code, output) = await StockTool.RunAsync(program, script, receiver.GrpcAddress, AgentRun.Tenant, batchSize);
            Assert.True(code == 0, output);
            using var answer = JsonDocument.Parse(output);
            AssertInfo(answer.RootElement, stopped.Replica, expected.All.Min(static s => s.TimestampMs));
            AssertSeries(answer.RootElement, expected, stopped.Replica);
            Assert.Equal(["agent", "node"], Texts(answer.RootElement.GetProperty("jobs")));
            var names = Texts(answer.RootElement.GetProperty("names"));
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
            foreach (var name in (string[])["__name__", "cluster", "instance", "job", "receive_replica", "tenant_id"])
                Assert.Contains(name, names);
        }
        await receiver.StopGracefullyAsync();
    }

    private static void AssertInfo(JsonElement answer, string replica, long oldestMs)
    {
        string[] labels = [$"receive_replica={replica}", $"tenant_id={AgentRun.Tenant}"];
        Assert.Equal("receive", answer.GetProperty("component").GetString());
        Assert.Contains(labels, answer.GetProperty("labelSets").EnumerateArray().Select(Pairs));
        Assert.Contains(labels, answer.GetProperty("databases").EnumerateArray().Select(Pairs));
        Assert.Equal(oldestMs, Number(answer.GetProperty("minTime")));
        Assert.Equal(long.MaxValue, Number(answer.GetProperty("maxTime")));
        foreach (var flag in (string[])["sharding", "withoutReplicaLabels", "exemplars", "status"])
            Assert.True(answer.GetProperty(flag).GetBoolean(), flag);
    }

    private static void AssertSeries(JsonElement answer, SampleSet expected, string replica)
    {
        var read = new SampleSet();
        foreach (var series in answer.GetProperty("series").EnumerateArray())
        {
            var labels = series.GetProperty("labels").EnumerateArray()
                .Select(static l => (l[0].GetString()!, l[1].GetString()!)).ToList();
            Assert.True(labels.Remove(("receive_replica", replica)) && labels.Remove(("tenant_id", AgentRun.Tenant)));
            foreach (var chunk in series.GetProperty("chunks").EnumerateArray())
            {
                Assert.Equal("XOR", chunk[0].GetString());
                StoredSamples.ReadChunk(SeriesName.Of(labels), ChunkEncoding.Xor, chunk[1].GetBytesFromBase64(), read);
            }
        }
        read.AssertHolds(expected.All, "read over gRPC");
        Assert.Equal(expected.Count, read.Count);
    }

    private static string[] Pairs(JsonElement labels) => [.. labels.EnumerateArray().Select(static l => $"{l[0]}={l[1]}")];

    private static List<string> Texts(JsonElement list) => [.. list.EnumerateArray().Select(static t => t.GetString()!)];

    private static long Number(JsonElement text) => long.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
