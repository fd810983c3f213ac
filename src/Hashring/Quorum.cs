namespace Hashring;

/// <summary>How many replicas must store a series before the client hears "yes".</summary>
/// <param name="ReplicationFactor">Replicas each series is sent to; 1 or more.</param>
/// <remarks>
/// Two replicas need only one success, so a pair survives the loss of either. Source: pkg/receive/handler.go.
/// </remarks>
public readonly record struct Quorum(int ReplicationFactor)
{
    /// <summary>Successes that settle a series as stored.</summary>
    public int Successes => ReplicationFactor == 2 ? 1 : (ReplicationFactor / 2) + 1;

    /// <summary>Failures that put <see cref="Successes"/> out of reach.</summary>
    public int Failures => ReplicationFactor - Successes + 1;
}
