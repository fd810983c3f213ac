using Receiver.RemoteWrite;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Replication;

/// <summary>One endpoint of the ring: another process behind a queue, or this one.</summary>
public sealed class Peer : IAsyncDisposable
{
    private readonly ILocalWriter? _local;
    private readonly PeerQueue? _queue;

    private Peer(Endpoint endpoint, ILocalWriter? local, PeerQueue? queue) =>
        (Endpoint, _local, _queue) = (endpoint, local, queue);

    /// <summary>This process.</summary>
    public static Peer Local(Endpoint endpoint, ILocalWriter writer) => new(endpoint, writer, null);

    /// <summary>Another process.</summary>
    public static Peer Remote(
        Endpoint endpoint, IPeerTransport transport, ReplicationOptions options, WriteMetrics metrics, TimeProvider clock,
        int seed) =>
        new(endpoint, null, new PeerQueue(
            endpoint, transport, options, metrics, clock, new Backoff(options.BackoffMax, clock, seed)));

    /// <summary>Its place in the ring.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>Whether it is this process.</summary>
    public bool IsLocal => _local is not null;

    /// <summary>What is left of the pause after it was unavailable; zero when it may be tried.</summary>
    public TimeSpan Pause => _queue?.Pause ?? TimeSpan.Zero;

    /// <summary>Forgets that it was unavailable; called when the ring changes.</summary>
    public void ForgetFailures() => _queue?.ForgetFailures();

    /// <summary>Closes the connection; groups that still wait end as unavailable at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_queue is not null) await _queue.DisposeAsync();
    }

    /// <summary>What every reason of this peer begins with.</summary>
    internal static string Describe(Endpoint endpoint) =>
        $"forwarding request to endpoint addr: {endpoint.Address}, capnp_addr: {endpoint.CapnprotoAddress}, az: {endpoint.Az}: ";

    /// <summary>Takes a group; its outcome arrives at the write.</summary>
    internal void Submit(PendingWrite write, int group)
    {
        if (_queue is not null) _queue.Submit(write, group);
        else _ = WriteLocallyAsync(write, group);
    }

    private async Task WriteLocallyAsync(PendingWrite write, int group)
    {
        WriteResult result;
        try
        {
            var tenant = write.Batch.Tenants[write.Group(group).Tenant];
            result = await _local!.WriteAsync(tenant, write.Batch, write.Series(group), write.Stop);
        }
        catch (OperationCanceledException)
        {
            result = new WriteResult(WriteOutcome.Failed, "context deadline exceeded");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            result = new WriteResult(WriteOutcome.Failed, e.Message); // The request must be answered whatever broke.
        }
        var text = result.IsStored ? "" : Describe(Endpoint) + "writing locally: " + result.Text;
        write.Complete(group, new PeerAnswer(result.Outcome, text));
    }
}
