using System.Buffers;
using System.Globalization;
using System.Linq;
using System.Text;
using Receiver.Grpc;
using Tsdb.Memory;

namespace Integration.GrpcInterop;

public class StockClientTests
{
    [SkippableFact]
    public async Task Server_CalledByGrpcJs_AnswersRight()
    {
        await StockTool.RequireAsync("node", "-e", "require('@grpc/grpc-js')");
        await using var server = await InteropServer.StartAsync();

        var (code, output) = await StockTool.RunAsync("node", "grpc_client.js", server.Address);

        Assert.True(code == 0, output);
    }

    [SkippableFact]
    public async Task Server_CalledByGrpcio_AnswersRight()
    {
        await StockTool.RequireAsync(StockTool.Python, "-c", "import grpc");
        await using var server = await InteropServer.StartAsync();

        var (code, output) = await StockTool.RunAsync(StockTool.Python, "grpc_client.py", server.Address);

        Assert.True(code == 0, output);
    }

    [SkippableFact]
    public async Task Channel_CallingGrpcio_UnderstandsIt()
    {
        await StockTool.RequireAsync(StockTool.Python, "-c", "import grpc");
        using var process = StockTool.Start(StockTool.Python, "grpc_server.py");
        try
        {
            var port = await process.StandardOutput.ReadLineAsync();
            using var channel = new GrpcChannel($"127.0.0.1:{port}", new GrpcChannelOptions());
            foreach (var size in new[] { 0, 1, 16_384, 70_000, 5 << 20 })
            {
                var request = new byte[size];
                new Random(size).NextBytes(request);
                Assert.True((await CallAsync(channel, "Echo", request)).Reply.AsSpan().SequenceEqual(request));
            }
            var refused = new GrpcStatus(GrpcCode.Aborted, "100% broken: \"ü\"");
            Assert.Equal(refused, (await CallAsync(channel, "Refuse", [])).Status);
            Assert.Equal(GrpcCode.DeadlineExceeded, (await CallAsync(channel, "Sleep", [],
                TimeSpan.FromMilliseconds(100))).Status.Code);
            Assert.Equal(GrpcCode.Unimplemented, (await CallAsync(channel, "Nope", [])).Status.Code);
            Assert.Equal((GrpcStatus.Ok, 1000), await CountAsync(channel, "Count", 1000));
            Assert.Equal((new GrpcStatus(GrpcCode.Aborted, "100% broken: \"ü\""), 2), await CountAsync(channel, "Fail", 2));
            var calls = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => CallAsync(channel, "Echo", new byte[i * 100])));
            Assert.All(calls, call => Assert.Equal(GrpcStatus.Ok, call.Status));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<(GrpcStatus Status, byte[] Reply)> CallAsync(GrpcChannel channel, string method, byte[] request,
        TimeSpan? timeout = null)
    {
        using var reply = new ByteBuffer();
        var status = await channel.UnaryAsync("/test.Interop/" + method, new ReadOnlySequence<byte>(request), reply,
            timeout ?? TimeSpan.FromSeconds(30), default);
        return (status, reply.Written.ToArray());
    }

    private static async Task<(GrpcStatus Status, int Count)> CountAsync(GrpcChannel channel, string method, int count)
    {
        var received = 0;
        var request = Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture));
        var status = await channel.StreamAsync("/test.Interop/" + method, new ReadOnlySequence<byte>(request), message =>
        {
            Assert.Equal(received++.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(message.Span));
            return ValueTask.CompletedTask;
        }, TimeSpan.FromSeconds(30), default);
        return (status, received);
    }
}
