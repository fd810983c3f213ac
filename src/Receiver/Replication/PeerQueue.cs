using System.Threading.Channels;
using Receiver.RemoteWrite;
using Endpoint = Hashring.Endpoint;

namespace Receiver.Replication;

/// <summary>The bounded queue in front of one peer and the workers that empty it.</summary>
/// <remarks>
/// Owns its workers and the transport. As many groups wait as there are workers; a group that finds the queue full waits for room
/// until its request's deadline, so a slow peer costs nobody but its own copies. A peer that was unavailable is left alone for a
/// while.
/// </remarks>
internal sealed class PeerQueue : IAsyncDisposable
{
    private readonly record struct Job(PendingWrite Write, int Group, long QueuedAt);

    private readonly Channel<Job> _jobs;
    private readonly Endpoint _endpoint;
    private readonly IPeerTransport _transport;
    private readonly WriteMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly Backoff _backoff;
    private readonly Task[] _workers;
    private readonly string _prefix;

    public PeerQueue(
        Endpoint endpoint, IPeerTransport transport, ReplicationOptions options, WriteMetrics metrics, TimeProvider clock,
        Backoff backoff)
    {
        (_endpoint, _transport, _metrics, _clock, _backoff) = (endpoint, transport, metrics, clock, backoff);
        _prefix = Peer.Describe(endpoint);
        _jobs = Channel.CreateBounded<Job>(options.WorkersPerPeer);
        _workers = new Task[options.WorkersPerPeer];
        for (var i = 0; i < _workers.Length; i++) _workers[i] = Task.Run(WorkAsync);
    }

    /// <summary>What is left of the pause after it was unavailable.</summary>
    public TimeSpan Pause => _backoff.Remaining;

    /// <summary>Forgets that it was unavailable.</summary>
    public void ForgetFailures() => _backoff.Succeeded();

    /// <summary>Takes a group, or refuses it at once while the peer is left alone.</summary>
    public void Submit(PendingWrite write, int group)
    {
        if (_backoff.Remaining > TimeSpan.Zero)
        {
            var at = $"{{{{{_endpoint.Address} {_endpoint.CapnprotoAddress} {_endpoint.Az}}} {write.Group(group).Replica}}}";
            write.Refuse(group, new PeerAnswer(
                WriteOutcome.Unavailable, $"backing off forward request for endpoint {at}: target not available"));
            return;
        }
        var job = new Job(write, group, _clock.GetTimestamp());
        if (!_jobs.Writer.TryWrite(job)) _ = SubmitWhenRoomAsync(job);
    }

    /// <summary>Lets nobody in any more, ends those who wait, and closes the connection once the calls in flight are
    /// over.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        while (_jobs.Reader.TryRead(out var job)) Reject(job);
        await Task.WhenAll(_workers);
        _transport.Dispose();
        _metrics.PeerClosed(_endpoint.Address);
    }

    private async Task SubmitWhenRoomAsync(Job job)
    {
        try
        {
            await _jobs.Writer.WriteAsync(job, job.Write.Stop);
        }
        catch (OperationCanceledException)
        {
            var text = $"scheduling forward request for endpoint {_endpoint.Address}: context deadline exceeded";
            job.Write.Refuse(job.Group, new PeerAnswer(WriteOutcome.Failed, text, IsDeadline: true));
        }
        catch (ChannelClosedException)
        {
            Reject(job);
        }
    }

    private void Reject(Job job) =>
        job.Write.Refuse(job.Group, new PeerAnswer(WriteOutcome.Unavailable, _prefix + "the peer left the hashring"));

    private async Task WorkAsync()
    {
        using var message = new PeerMessage();
        await foreach (var job in _jobs.Reader.ReadAllAsync()) await SendAsync(job, message);
    }

    private async Task SendAsync(Job job, PeerMessage message)
    {
        var write = job.Write;
        var group = write.Group(job.Group);
        _metrics.ForwardDelayed(_endpoint.Address, _clock.GetElapsedTime(job.QueuedAt));
        PeerAnswer answer;
        try
        {
            var bytes = message.Build(
                write.Batch, write.Series(job.Group).Span, write.Batch.Tenants[group.Tenant], group.Replica + 1);
            answer = await _transport.SendAsync(bytes, write.Left, write.Stop);
        }
        catch (OperationCanceledException)
        {
            answer = new PeerAnswer(WriteOutcome.Failed, "rpc error: code = Canceled desc = context canceled", IsDeadline: true);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            answer = new PeerAnswer(WriteOutcome.Failed, e.Message); // A worker outlives whatever a call throws.
        }
        message.Clear();
        if (answer.Outcome == WriteOutcome.Unavailable) _backoff.Failed();
        else if (answer.Outcome is WriteOutcome.Stored or WriteOutcome.Conflict) _backoff.Succeeded();
        write.Complete(job.Group, answer.Outcome == WriteOutcome.Stored ? answer : answer with { Text = _prefix + answer.Text });
    }
}
