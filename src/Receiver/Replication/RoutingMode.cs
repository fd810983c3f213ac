namespace Receiver.Replication;

/// <summary>What a receiver does with what it is sent; decided once, from the flags.</summary>
/// <param name="IgnoresReplica">The sender's replica number is set to 0: everything is replicated from here.</param>
/// <param name="ForwardsPeers">Messages of other receivers are distributed over the ring again, not just stored.</param>
/// <param name="StoresLocally">There is a database in this process.</param>
/// <remarks>A hashring and a local endpoint make a router-ingestor, a hashring alone a router, neither an ingestor.</remarks>
public sealed record RoutingMode(bool IgnoresReplica, bool ForwardsPeers, bool StoresLocally)
{
    /// <summary>Distributes and stores nothing itself.</summary>
    public static RoutingMode RouterOnly { get; } = new(true, true, false);

    /// <summary>Stores whatever it is sent.</summary>
    public static RoutingMode IngestorOnly { get; } = new(true, false, true);

    /// <summary>Distributes, and stores what the ring places here.</summary>
    public static RoutingMode RouterIngestor { get; } = new(false, true, true);

    /// <summary>The mode that the flags ask for.</summary>
    /// <param name="hasHashring">A hashring is given, as a file or inline.</param>
    /// <param name="hasLocalEndpoint">--receive.local-endpoint is given.</param>
    public static RoutingMode Choose(bool hasHashring, bool hasLocalEndpoint)
    {
        if (!hasHashring) return IngestorOnly;
        return hasLocalEndpoint ? RouterIngestor : RouterOnly;
    }
}
