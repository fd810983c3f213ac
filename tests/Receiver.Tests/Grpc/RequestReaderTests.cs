using System.Buffers;
using System.IO.Pipelines;
using Receiver.Grpc;

namespace Receiver.Tests.Grpc;

public class RequestReaderTests
{
    private static readonly byte[] TwoMessages = [0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 4, 5];

    [Fact]
    public async Task Read_CutIntoTwoPiecesAnywhere_FindsBothMessages()
    {
        for (var at = 0; at <= TwoMessages.Length; at++)
        {
            // A pipe whose first read returns only the first piece.
            var pipe = new Pipe();
            using var requests = new RequestReader(pipe.Reader, GrpcEncoding.Identity, new GrpcServerOptions(),
                new BufferBudget(100));
            await pipe.Writer.WriteAsync(TwoMessages.AsMemory(0, at));
            var reading = requests.ReadAsync(default).AsTask();
            await pipe.Writer.WriteAsync(TwoMessages.AsMemory(at));
            await pipe.Writer.CompleteAsync();

            Assert.Equal(GrpcStatus.Ok, await reading);
            Assert.Equal([1, 2, 3], requests.Message.ToArray());
            Assert.Equal(GrpcStatus.Ok, await requests.ReadAsync(default));
            Assert.Equal([4, 5], requests.Message.ToArray());
            Assert.Equal(GrpcStatus.Ok, await requests.ReadAsync(default));
            Assert.True(requests.AtEnd);
            Assert.False(requests.IsTruncated);
        }
    }

    [Fact]
    public async Task Read_EndsInsideAMessage_IsTruncated()
    {
        for (var length = 1; length < 8; length++)
        {
            using var requests = new RequestReader(PipeReader.Create(new ReadOnlySequence<byte>(TwoMessages, 0, length)),
                GrpcEncoding.Identity, new GrpcServerOptions(), new BufferBudget(100));

            Assert.Equal(GrpcStatus.Ok, await requests.ReadAsync(default));

            Assert.True(requests.AtEnd);
            Assert.Equal(length >= 5, requests.IsTruncated);
        }
    }

    [Fact]
    public async Task Read_ClaimedLengthWithoutBytes_HoldsOnlyWhatArrived()
    {
        var budget = new BufferBudget(long.MaxValue);
        var pipe = new Pipe();
        using var requests = new RequestReader(pipe.Reader, GrpcEncoding.Identity, new GrpcServerOptions(), budget);
        await pipe.Writer.WriteAsync(new byte[] { 0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3 });

        var reading = requests.ReadAsync(default).AsTask();

        Assert.Equal(8, budget.Bytes);
        await pipe.Writer.CompleteAsync();
        await reading;
        Assert.True(requests.IsTruncated);
    }

    [Fact]
    public async Task AwaitEnd_ClientKeepsItsSideOpen_GivesUpAfterTheWait()
    {
        var pipe = new Pipe();
        using var requests = new RequestReader(pipe.Reader, GrpcEncoding.Identity,
            new GrpcServerOptions { HalfCloseWait = TimeSpan.FromMilliseconds(1) }, new BufferBudget(100));
        await pipe.Writer.WriteAsync(TwoMessages.AsMemory(0, 8));
        await requests.ReadAsync(default);

        await requests.AwaitEndAsync(default);

        Assert.Equal([1, 2, 3], requests.Message.ToArray());
    }
}
