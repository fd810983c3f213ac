using System.Buffers;
using System.Threading.Channels;
using Google.Protobuf;
using Receiver.Grpc;
using Receiver.Protos.Health;
using ServingStatus = Receiver.Protos.Health.HealthCheckResponse.Types.ServingStatus;

namespace Receiver.Tests.Grpc;

public class HealthServiceTests
{
    private static async Task<ServingStatus> CheckAsync(GrpcChannel channel)
    {
        var (status, reply) = await GrpcHost.CallAsync(channel, "/grpc.health.v1.Health/Check", default);
        Assert.Equal(GrpcStatus.Ok, status);
        return HealthCheckResponse.Parser.ParseFrom(reply).Status;
    }

    [Fact]
    public async Task Check_FollowsTheStatusUntilShutDown()
    {
        var health = new HealthService();
        await using var host = await GrpcHost.StartAsync(health.Map);
        using var channel = host.Channel();

        Assert.Equal(ServingStatus.NotServing, await CheckAsync(channel));
        health.SetServing(true);
        Assert.Equal(ServingStatus.Serving, await CheckAsync(channel));
        health.ShutDown();
        health.SetServing(true);
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(channel));
    }

    [Fact]
    public async Task Check_UnknownService_IsNotFound()
    {
        await using var host = await GrpcHost.StartAsync(new HealthService().Map);
        using var channel = host.Channel();
        var (status, _) = await GrpcHost.CallAsync(channel, "/grpc.health.v1.Health/Check",
            new HealthCheckRequest { Service = "x" }.ToByteArray());
        Assert.Equal(new GrpcStatus(GrpcCode.NotFound, "unknown service"), status);
    }

    [Fact]
    public async Task Watch_ToldOfEveryChange()
    {
        var health = new HealthService();
        await using var host = await GrpcHost.StartAsync(health.Map);
        using var channel = host.Channel();
        using var stop = new CancellationTokenSource();
        var seen = Channel.CreateUnbounded<ServingStatus>();

        var watching = channel.StreamAsync("/grpc.health.v1.Health/Watch", default(ReadOnlySequence<byte>), async message =>
            await seen.Writer.WriteAsync(HealthCheckResponse.Parser.ParseFrom(message.Span).Status), Timeout.InfiniteTimeSpan,
                stop.Token);

        Assert.Equal(ServingStatus.NotServing, await seen.Reader.ReadAsync());
        health.SetServing(true);
        Assert.Equal(ServingStatus.Serving, await seen.Reader.ReadAsync());
        await stop.CancelAsync();
        Assert.Equal(GrpcCode.Cancelled, (await watching).Code);
    }
}
