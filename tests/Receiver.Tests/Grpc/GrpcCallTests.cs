using System.Buffers;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Receiver.Grpc;
using Tsdb.Memory;

namespace Receiver.Tests.Grpc;

public class GrpcCallTests
{
    private const string Echo = "/test.Service/Echo";
    private const string Other = "/test.Service/Other";

    private static byte[] RandomBytes(int length, int seed = 7)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(GrpcEncoding.Identity, 0)]
    [InlineData(GrpcEncoding.Identity, 1)]
    [InlineData(GrpcEncoding.Identity, 70_000)]
    [InlineData(GrpcEncoding.Identity, 40 << 20)]
    [InlineData(GrpcEncoding.Snappy, 0)]
    [InlineData(GrpcEncoding.Snappy, 1)]
    [InlineData(GrpcEncoding.Snappy, 65_536)]
    [InlineData(GrpcEncoding.Snappy, 3 << 20)]
    public async Task Unary_AnySize_ComesBack(GrpcEncoding encoding, int length)
    {
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Echo, GrpcHost.EchoAsync));
        using var channel = host.Channel(new GrpcChannelOptions { Encoding = encoding });
        var sent = RandomBytes(length);
        sent.AsSpan(0, length / 2).Clear();

        var (status, reply) = await GrpcHost.CallAsync(channel, Echo, sent);

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.True(sent.AsSpan().SequenceEqual(reply));
    }

    [Fact]
    public async Task Unary_RequestInManyPieces_ArrivesWhole()
    {
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Echo, GrpcHost.EchoAsync));
        using var channel = host.Channel();
        var sent = RandomBytes(200_000);
        var random = new Random(11);
        BytesSegment? first = null, last = null;
        for (var at = 0; at < sent.Length;)
        {
            var size = Math.Min(random.Next(0, random.Next(2) == 0 ? 10 : 40_000), sent.Length - at);
            last = last is null ? first = new BytesSegment(sent.AsMemory(at, size)) : last.Append(sent.AsMemory(at, size));
            at += size;
        }
        using var reply = new ByteBuffer();

        var status = await channel.UnaryAsync(Echo, new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length), reply,
            TimeSpan.FromSeconds(30), default);

        Assert.Equal(GrpcStatus.Ok, status);
        Assert.True(sent.AsSpan().SequenceEqual(reply.Written));
    }

    [Fact]
    public async Task Unary_64Ways_AllSucceed()
    {
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Echo, GrpcHost.EchoAsync));
        using var channel = host.Channel();
        var failures = new System.Collections.Concurrent.ConcurrentBag<GrpcStatus>();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async worker =>
        {
            for (var i = 0; i < 50; i++)
            {
                var sent = RandomBytes(1024, (worker * 50) + i);
                var (status, reply) = await GrpcHost.CallAsync(channel, Echo, sent);
                if (!status.IsOk || !sent.AsSpan().SequenceEqual(reply)) failures.Add(status);
            }
        }));

        Assert.Empty(failures);
    }

    [Fact]
    public async Task Stream_ManyMessages_ArriveInOrder()
    {
        await using var host = await GrpcHost.StartAsync(s => s.AddStream(Other, async (call, _) =>
        {
            for (var i = 0; i < 500; i++) await call.WriteAsync(RandomBytes(i * 37, i));
            return GrpcStatus.Ok;
        }));
        foreach (var encoding in new[] { GrpcEncoding.Identity, GrpcEncoding.Snappy })
        {
            using var channel = host.Channel(new GrpcChannelOptions { Encoding = encoding });
            var count = 0;

            var status = await channel.StreamAsync(Other, new ReadOnlySequence<byte>(new byte[1]), message =>
            {
                Assert.True(message.Span.SequenceEqual(RandomBytes(count * 37, count)));
                count++;
                return ValueTask.CompletedTask;
            }, TimeSpan.FromSeconds(30), default);

            Assert.Equal(GrpcStatus.Ok, status);
            Assert.Equal(500, count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Stream_Fails_StatusArrivesAfterTheMessages(int messages)
    {
        var expected = new GrpcStatus(GrpcCode.Aborted, "100% broken: \"ü\"\n");
        await using var host = await GrpcHost.StartAsync(s => s.AddStream(Other, async (call, _) =>
        {
            for (var i = 0; i < messages; i++) await call.WriteAsync(new byte[] { 1 });
            return expected;
        }));
        using var channel = host.Channel();
        var count = 0;

        var status = await channel.StreamAsync(Other, default, _ =>
        {
            count++;
            return ValueTask.CompletedTask;
        }, Timeout.InfiniteTimeSpan, default);

        Assert.Equal(expected, status);
        Assert.Equal(messages, count);
    }

    [Fact]
    public async Task Unary_HandlerThrows_IsInternalWithText()
    {
        await using var host = await GrpcHost.StartAsync(s =>
            s.AddUnary(Other, (_, _, _) => throw new InvalidOperationException("oh no")));
        using var channel = host.Channel();

        var (status, _) = await GrpcHost.CallAsync(channel, Other, default);

        Assert.Equal(new GrpcStatus(GrpcCode.Internal, "oh no"), status);
    }

    [Theory]
    [InlineData("/other.Service/X", "unknown service other.Service")]
    [InlineData("/test.Service/X", "unknown method X for service test.Service")]
    [InlineData("/nopath", "malformed method name: \"/nopath\"")]
    [InlineData("/a/b/c", "unknown service a/b")]
    public async Task Call_UnknownMethod_IsUnimplementedWithText(string method, string text)
    {
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Echo, GrpcHost.EchoAsync));
        using var channel = host.Channel();

        var (status, _) = await GrpcHost.CallAsync(channel, method, new byte[100_000]);

        Assert.Equal(new GrpcStatus(GrpcCode.Unimplemented, text), status);
    }

    [Fact]
    public async Task Call_DeadlinePasses_EndsBothSides()
    {
        var ended = new TaskCompletionSource();
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Other, async (call, _, _) =>
        {
            try { await Task.Delay(Timeout.InfiniteTimeSpan, call.Cancelled); }
            finally { ended.SetResult(); }
            return GrpcStatus.Ok;
        }));
        using var channel = host.Channel();

        var (status, _) = await GrpcHost.CallAsync(channel, Other, default, TimeSpan.FromMilliseconds(50));

        Assert.Equal(GrpcCode.DeadlineExceeded, status.Code);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Call_CallerCancels_HandlerIsCancelled()
    {
        var started = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var host = await GrpcHost.StartAsync(s => s.AddStream(Other, async (call, _) =>
        {
            started.SetResult();
            try { await Task.Delay(Timeout.InfiniteTimeSpan, call.Cancelled); }
            finally { ended.SetResult(); }
            return GrpcStatus.Ok;
        }));
        using var channel = host.Channel();
        using var stop = new CancellationTokenSource();

        var call = GrpcHost.CallAsync(channel, Other, default, stop: stop.Token);
        await started.Task;
        await stop.CancelAsync();

        Assert.Equal(GrpcCode.Cancelled, (await call).Status.Code);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Call_MessageOverLimit_IsResourceExhausted()
    {
        await using var host = await GrpcHost.StartAsync(
            s => s.AddUnary(Echo, GrpcHost.EchoAsync), new GrpcServerOptions { MessageSizeBytesMax = 1000 });
        using var plain = host.Channel();
        using var small = host.Channel(new GrpcChannelOptions { MessageSizeBytesMax = 10 });

        Assert.Equal(GrpcStatus.Ok, (await GrpcHost.CallAsync(plain, Echo, new byte[1000])).Status);
        Assert.Equal(new GrpcStatus(GrpcCode.ResourceExhausted, "grpc: received message larger than max (1001 vs. 1000)"),
            (await GrpcHost.CallAsync(plain, Echo, new byte[1001])).Status);
        Assert.Equal(new GrpcStatus(GrpcCode.ResourceExhausted, "grpc: received message larger than max (11 vs. 10)"),
            (await GrpcHost.CallAsync(small, Echo, new byte[11])).Status);
    }

    [Fact]
    public async Task Call_BytesHeldOverBudget_IsUnavailableAndGivesThemBack()
    {
        GrpcServer? server = null;
        await using var host = await GrpcHost.StartAsync(s => (server = s).AddUnary(Echo, GrpcHost.EchoAsync),
            new GrpcServerOptions { BufferedBytesMax = 100_000 });
        using var channel = host.Channel();

        var (refused, _) = await GrpcHost.CallAsync(channel, Echo, new byte[4 << 20]);
        var (accepted, _) = await GrpcHost.CallAsync(channel, Echo, new byte[50_000]);

        Assert.Equal(GrpcCode.Unavailable, refused.Code);
        Assert.Equal(GrpcStatus.Ok, accepted);
        Assert.Equal(0, server!.BufferedBytes);
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        using var channel = new GrpcChannel(address, new GrpcChannelOptions());

        var (status, _) = await GrpcHost.CallAsync(channel, Echo, default);

        Assert.Equal(GrpcCode.Unavailable, status.Code);
        Assert.Contains("connection refused", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ServerGoesAndComesBack_ReconnectsByItself()
    {
        var host = await GrpcHost.StartAsync(s => s.AddUnary(Echo, GrpcHost.EchoAsync));
        using var channel = host.Channel();
        Assert.Equal(GrpcStatus.Ok, (await GrpcHost.CallAsync(channel, Echo, new byte[10])).Status);

        await host.DisposeAsync();

        Assert.Equal(GrpcCode.Unavailable, (await GrpcHost.CallAsync(channel, Echo, new byte[10])).Status.Code);
    }

    [Fact]
    public async Task Metadata_OfTheRequest_IsFoundInAnyCase()
    {
        string? agent = null, missing = "";
        await using var host = await GrpcHost.StartAsync(s => s.AddUnary(Other, (call, _, _) =>
        {
            agent = call.Metadata("User-Agent");
            missing = call.Metadata("thanos-tenant");
            return ValueTask.FromResult(GrpcStatus.Ok);
        }));
        using var channel = host.Channel(new GrpcChannelOptions { UserAgent = "me/1" });

        await GrpcHost.CallAsync(channel, Other, default);

        Assert.Equal("me/1", agent);
        Assert.Null(missing);
    }
}
