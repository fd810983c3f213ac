namespace Receiver.Replication;

/// <summary>What distribution and replication need to know.</summary>
public sealed record ReplicationOptions
{
    /// <summary>What this receiver does.</summary>
    public required RoutingMode Mode { get; init; }

    /// <summary>Own address in the ring; --receive.local-endpoint, may be empty.</summary>
    public string LocalEndpoint { get; init; } = "";

    /// <summary>Copies of each series, 1 or more; --receive.replication-factor.</summary>
    public int ReplicationFactor { get; init; } = 1;

    /// <summary>How long all replicas of a request may take together; --receive-forward-timeout.</summary>
    public TimeSpan ForwardTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause after a peer was unavailable; --receive-forward-max-backoff.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Concurrent calls to one peer, and groups that may wait for one; --receive.forward.async-workers.</summary>
    public int WorkersPerPeer { get; init; } = 5;
}
