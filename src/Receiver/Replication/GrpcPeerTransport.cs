using System.Buffers;
using Receiver.Grpc;
using Receiver.RemoteWrite;
using Tsdb.Memory;

namespace Receiver.Replication;

/// <summary>Carries messages to a peer as calls of thanos.WriteableStore/RemoteWrite.</summary>
/// <param name="channel">Owned: disposed with this.</param>
public sealed class GrpcPeerTransport(GrpcChannel channel) : IPeerTransport
{
    private const int ReplyBytes = 16; // thanos.WriteResponse has no fields.

    /// <inheritdoc/>
    public async ValueTask<PeerAnswer> SendAsync(ReadOnlySequence<byte> message, TimeSpan timeout, CancellationToken stop)
    {
        using var reply = new ByteBuffer(ReplyBytes);
        var status = await channel.UnaryAsync(WriteableStoreService.Method, message, reply, timeout, stop);
        if (status.IsOk) return new PeerAnswer(WriteOutcome.Stored, "");
        var isDeadline = status.Code is GrpcCode.DeadlineExceeded or GrpcCode.Cancelled;
        return new PeerAnswer(Class(status.Code), status.ToString(), isDeadline);
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();

    private static WriteOutcome Class(GrpcCode code) => code switch
    {
        GrpcCode.AlreadyExists => WriteOutcome.Conflict,
        GrpcCode.Unavailable => WriteOutcome.Unavailable,
        _ => WriteOutcome.Failed,
    };
}
