using System.Buffers;
using Receiver.Grpc;
using Receiver.Protos.Store;

namespace Receiver.StoreApi;

/// <summary>thanos.Exemplars/Exemplars as with upstream's default of no exemplar storage: always empty, never an error.</summary>
internal static class ExemplarService
{
    /// <summary>Handles a call.</summary>
    public static ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request)
    {
        ExemplarsRequest.Parser.ParseFrom(request); // Garbage is still refused.
        return ValueTask.FromResult(GrpcStatus.Ok);
    }
}
