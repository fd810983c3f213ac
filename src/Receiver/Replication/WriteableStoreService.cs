using System.Buffers;
using Receiver.Grpc;
using Receiver.RemoteWrite;
using Receiver.Tenancy;
using Tsdb.Memory;

namespace Receiver.Replication;

/// <summary>thanos.WriteableStore/RemoteWrite: what other receivers and routers call.</summary>
/// <remarks>
/// Takes both forms of thanos.WriteRequest, with tuples and without. A pure ingestor stores what it gets; everybody else
/// distributes it again. Tenants' names are checked as on every other door. Codes and texts: docs/formats/replication.md.
/// </remarks>
public sealed class WriteableStoreService(
    Fanout fanout, BatchPool batches, BodyBudget budget, WriteMetrics metrics, ILogger<WriteableStoreService> log)
{
    /// <summary>Path of the method.</summary>
    public const string Method = "/thanos.WriteableStore/RemoteWrite";

    private static readonly WriteResult Busy = new(WriteOutcome.Unavailable, "too many bytes of write requests in memory");
    private static readonly WriteResult NotReady = new(WriteOutcome.NotReady, "Service Unavailable");

    /// <summary>Adds the method to a server.</summary>
    public void Map(GrpcServer server) => server.AddUnary(Method, HandleAsync);

    /// <summary>Answers one call; the reply has no fields.</summary>
    public async ValueTask<GrpcStatus> HandleAsync(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply)
    {
        metrics.PendingChanged(1);
        try
        {
            var result = await WriteAsync(request, call.Cancelled);
            if (result.IsStored) return GrpcStatus.Ok;
            log.CallRefused(result.Text);
            return new GrpcStatus(Code(result.Outcome), result.Text);
        }
        finally
        {
            metrics.PendingChanged(-1);
        }
    }

    /// <summary>Stores or distributes one message.</summary>
    internal async ValueTask<WriteResult> WriteAsync(ReadOnlySequence<byte> request, CancellationToken stop)
    {
        if (!fanout.IsReady) return NotReady;
        var batch = batches.Rent();
        try
        {
            // Replicas that are still being written after the answer need bytes of their own; a store that is done then does not.
            if (!fanout.Mode.ForwardsPeers && request.IsSingleSegment) batch.Reset(request.First);
            else if (!TryCopy(request, batch)) return Busy;
            return await WriteAsync(batch, stop);
        }
        finally
        {
            batch.Release();
        }
    }

    private async ValueTask<WriteResult> WriteAsync(Batch batch, CancellationToken stop)
    {
        var fault = BatchReader.ReadForwarded(batch, out var replica);
        if (!fault.IsNone) return WriteResult.Malformed("grpc: error unmarshalling request: " + fault);
        foreach (var tenant in batch.Tenants)
        {
            // An empty message of nobody is harmless; senders use it to see whether somebody answers.
            if (batch.SeriesCount == 0 && tenant.Length == 0) continue;
            if (!TenantName.IsValid(tenant)) return new WriteResult(WriteOutcome.BadTenant, TenantName.NotValid);
        }
        var isJudged = fanout.Mode.ForwardsPeers && !fanout.Mode.IgnoresReplica;
        if (isJudged && replica < 0) replica = long.MaxValue; // Beyond any factor.
        if (batch.SeriesCount == 0 && replica <= 0) return WriteResult.Stored;
        return fanout.Mode.ForwardsPeers
            ? await fanout.WriteAsync(batch, (ulong)Math.Max(replica, 0), stop)
            : await fanout.StoreAsync(batch, stop);
    }

    private bool TryCopy(ReadOnlySequence<byte> request, Batch batch)
    {
        var body = request.Length <= int.MaxValue ? RequestBody.TryRent((int)request.Length, budget) : null;
        if (body is null) return false;
        request.CopyTo(body.Memory.Span);
        batch.Reset(body);
        return true;
    }

    private static GrpcCode Code(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Stored => GrpcCode.Ok,
        WriteOutcome.NotReady or WriteOutcome.Unavailable => GrpcCode.Unavailable,
        WriteOutcome.Conflict => GrpcCode.AlreadyExists,
        WriteOutcome.BadReplica or WriteOutcome.BadTenant => GrpcCode.InvalidArgument,
        _ => GrpcCode.Internal,
    };
}
