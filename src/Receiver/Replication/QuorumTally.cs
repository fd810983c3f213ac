using System.Buffers;
using Hashring;
using Receiver.RemoteWrite;

namespace Receiver.Replication;

/// <summary>Counts, series by series, how its replicas fared, and says when the request is decided and how.</summary>
/// <remarks>
/// Pure: told outcomes, knows no time and no peer. A request is decided when every series has enough successes or so many
/// conflicts that nothing else can follow; other failures never end it early. Series short of a quorum make the error set. For an
/// even factor of four or more upstream lets half the replicas fail with 500 (or an "OK" over gRPC); here that is unavailable,
/// and conflicts end a request early only when they are a majority. Source: docs/formats/replication.md.
/// </remarks>
public sealed class QuorumTally : IDisposable
{
    private struct Counts
    {
        public byte Successes;
        public byte Failures;
        public byte Conflicts;
        public byte Retryable;
        public bool IsSettled;
    }

    private Counts[] _series = [];
    private int _count;
    private int _unsettled;
    private Quorum _quorum;

    /// <summary>Starts over.</summary>
    /// <param name="series">Number of series.</param>
    /// <param name="replicas">Replicas each is sent to, 1 to 255; 1 for a request that came replicated.</param>
    public void Reset(int series, int replicas)
    {
        if (_series.Length < series)
        {
            Dispose();
            _series = ArrayPool<Counts>.Shared.Rent(series);
        }
        _series.AsSpan(0, series).Clear();
        (_count, _unsettled, _quorum) = (series, series, new Quorum(replicas));
    }

    /// <summary>True when no further answer can change what the client hears.</summary>
    public bool IsDecided => _unsettled == 0;

    /// <summary>One replica of some series has an outcome.</summary>
    /// <param name="series">Their indexes.</param>
    /// <param name="outcome">Stored, conflict, not ready or unavailable; everything else counts as another failure.</param>
    public void Add(ReadOnlySpan<int> series, WriteOutcome outcome)
    {
        // Conflicts alone settle a series when they are both a majority and out of the quorum's reach.
        var conflictsSettle = Math.Max(_quorum.Successes, _quorum.Failures);
        foreach (var index in series)
        {
            ref var counts = ref _series[index];
            if (outcome == WriteOutcome.Stored) counts.Successes++;
            else counts.Failures++;
            if (outcome == WriteOutcome.Conflict) counts.Conflicts++;
            if (outcome is WriteOutcome.NotReady or WriteOutcome.Unavailable) counts.Retryable++;
            if (counts.IsSettled || (counts.Successes < _quorum.Successes && counts.Conflicts < conflictsSettle)) continue;
            counts.IsSettled = true;
            _unsettled--;
        }
    }

    /// <summary>Whether a series is in the error set: too many of its replicas failed.</summary>
    public bool HasFailed(int series) => _series[series].Failures >= _quorum.Failures;

    /// <summary>The class of the whole request, valid once decided or once every replica has answered.</summary>
    /// <returns>Stored when no series failed, unavailable when a retry may mend one of them, else conflict.</returns>
    public WriteOutcome Conclude()
    {
        var outcome = WriteOutcome.Stored;
        for (var i = 0; i < _count; i++)
        {
            if (!HasFailed(i)) continue;
            ref readonly var counts = ref _series[i];
            var isConflict = counts.Conflicts >= _quorum.Successes && counts.Conflicts >= counts.Retryable;
            if (!isConflict) return WriteOutcome.Unavailable;
            outcome = WriteOutcome.Conflict;
        }
        return outcome;
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        if (_series.Length > 0) ArrayPool<Counts>.Shared.Return(_series);
        _series = [];
    }
}
