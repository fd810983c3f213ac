using System.Diagnostics.CodeAnalysis;
using Receiver.RemoteWrite;

namespace Receiver.Replication;

/// <summary>One request on its way to several places: hands out its groups, collects their outcomes, answers as soon as it
/// can.</summary>
/// <remarks>
/// Holds the batch until the last group has ended, which may be long after the answer: after a success late replicas go on until
/// they are done or out of time, after a failure they are cancelled. The clock runs from the creation and does not stop when the
/// client leaves.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Disposed by the last reference, see Release.")]
internal sealed class PendingWrite
{
    // An answer that says "out of time" this close to the end is our own deadline seen from the other side.
    private static readonly TimeSpan DeadlineGrace = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new(); // Guards the tally, the failures and _isAnswered.
    private readonly TaskCompletionSource<WriteResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(int Group, string Text)> _failures = [];
    private readonly CancellationTokenSource _deadline;
    private readonly QuorumTally _tally = new();
    private readonly Topology _topology;
    private readonly WritePlan _plan;
    private readonly WriteMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly long _started;
    private readonly bool _isReplication;
    private int _unanswered;
    private int _references;
    private bool _isAnswered;

    /// <summary>Takes over the plan and a reference of the batch.</summary>
    public PendingWrite(
        Batch batch, WritePlan plan, Topology topology, bool isReplication, TimeSpan timeout, WriteMetrics metrics,
        TimeProvider clock)
    {
        (Batch, _plan, _topology, _isReplication) = (batch, plan, topology, isReplication);
        (_timeout, _metrics, _clock) = (timeout, metrics, clock);
        _tally.Reset(batch.SeriesCount, plan.Replicas);
        _unanswered = plan.Groups.Count;
        _references = plan.Groups.Count + 1;
        _started = clock.GetTimestamp();
        _deadline = new CancellationTokenSource(timeout, clock);
        Stop = _deadline.Token;
        batch.Retain();
    }

    /// <summary>The request.</summary>
    public Batch Batch { get; }

    /// <summary>Fires at the deadline, or when a failure made the rest pointless.</summary>
    public CancellationToken Stop { get; }

    /// <summary>What is left of the time; never negative.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = _timeout - _clock.GetElapsedTime(_started);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>One group of the plan.</summary>
    public WriteGroup Group(int group) => _plan.Groups[group];

    /// <summary>The series of a group.</summary>
    public ReadOnlyMemory<int> Series(int group) => _plan.Series(_plan.Groups[group]);

    /// <summary>Sends every group on its way, peers first so that the local append overlaps with them, and waits for the
    /// decision.</summary>
    public async Task<WriteResult> RunAsync()
    {
        using var expiry = Stop.UnsafeRegister(static write => ((PendingWrite)write!).Expire(), this);
        for (var group = 0; group < _plan.Groups.Count; group++)
        {
            if (!Peer(group).IsLocal) Peer(group).Submit(this, group);
        }
        for (var group = 0; group < _plan.Groups.Count; group++)
        {
            if (Peer(group).IsLocal) Peer(group).Submit(this, group);
        }
        var result = await _answer.Task;
        Release();
        return result;
    }

    /// <summary>A group was refused without being sent; it is counted in no metric.</summary>
    public void Refuse(int group, PeerAnswer answer) => Settle(group, answer);

    /// <summary>A group has an outcome; once per group.</summary>
    public void Complete(int group, PeerAnswer answer)
    {
        _metrics.GroupEnded(answer.Outcome, _isReplication);
        Settle(group, answer);
    }

    private void Settle(int group, PeerAnswer answer)
    {
        WriteResult? decided = null;
        lock (_gate)
        {
            if (!_isAnswered && !IsOwnDeadline(answer)) decided = Count(group, answer);
        }
        if (decided is { } result)
        {
            if (!result.IsStored) _deadline.Cancel();
            _answer.TrySetResult(result);
        }
        Release();
    }

    private WriteResult? Count(int group, PeerAnswer answer)
    {
        _tally.Add(Series(group).Span, answer.Outcome);
        if (answer.Outcome != WriteOutcome.Stored) _failures.Add((group, answer.Text));
        if (--_unanswered > 0 && !_tally.IsDecided) return null;
        _isAnswered = true;
        return Conclude();
    }

    private WriteResult Conclude()
    {
        var outcome = _tally.Conclude();
        if (outcome == WriteOutcome.Stored) return WriteResult.Stored;
        var reasons = new List<string>();
        var retryAfter = TimeSpan.Zero;
        foreach (var (group, text) in _failures)
        {
            if (!HasFailedSeries(group)) continue;
            reasons.Add(text);
            if (Peer(group).Pause > retryAfter) retryAfter = Peer(group).Pause;
        }
        return new WriteResult(outcome, Reasons.Join(reasons), retryAfter);
    }

    private bool HasFailedSeries(int group)
    {
        foreach (var series in Series(group).Span)
        {
            if (_tally.HasFailed(series)) return true;
        }
        return false;
    }

    private bool IsOwnDeadline(in PeerAnswer answer) => answer.IsDeadline && Left <= DeadlineGrace;

    private void Expire()
    {
        lock (_gate)
        {
            if (_isAnswered) return;
            _isAnswered = true;
        }
        _answer.TrySetResult(new WriteResult(WriteOutcome.Failed, "context deadline exceeded"));
    }

    private Peer Peer(int group) => _topology.Peers[_plan.Groups[group].Peer];

    private void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        _deadline.Dispose();
        _tally.Dispose();
        _plan.Dispose();
        Batch.Release();
    }
}
