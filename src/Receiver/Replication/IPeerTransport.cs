using System.Buffers;
using Receiver.RemoteWrite;

namespace Receiver.Replication;

/// <summary>A peer's answer to one message.</summary>
/// <param name="Outcome">Stored, conflict, unavailable or failed.</param>
/// <param name="Text">What it said; empty when stored.</param>
/// <param name="IsDeadline">The call ran out of time or was cancelled.</param>
public readonly record struct PeerAnswer(WriteOutcome Outcome, string Text, bool IsDeadline = false);

/// <summary>Carries messages to one peer.</summary>
public interface IPeerTransport : IDisposable
{
    /// <summary>Sends a thanos.WriteRequest and waits for the answer.</summary>
    /// <param name="message">Must not be touched after the call has completed, even when it was cancelled.</param>
    /// <param name="timeout">What is left of the request's time.</param>
    /// <param name="stop">Ends the call.</param>
    ValueTask<PeerAnswer> SendAsync(ReadOnlySequence<byte> message, TimeSpan timeout, CancellationToken stop);
}
