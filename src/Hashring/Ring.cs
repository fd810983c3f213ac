using System.Globalization;

namespace Hashring;

/// <summary>Places series on endpoints. Immutable, so one snapshot serves any number of requests at once.</summary>
public abstract class Ring
{
    private readonly Endpoint[] _nodes;

    private protected Ring(string name, Endpoint[] nodes)
    {
        Name = name;
        _nodes = nodes;
    }

    /// <summary>Name in the configuration, for metrics and messages; may be empty.</summary>
    public string Name { get; }

    /// <summary>Number of endpoints.</summary>
    public int NodeCount => _nodes.Length;

    /// <summary>The endpoints, sorted; positions are the indexes that lookups give.</summary>
    public IReadOnlyList<Endpoint> Nodes => _nodes;

    /// <summary>Finds the endpoint of one copy of a series.</summary>
    /// <param name="seriesHash">Result of <see cref="SeriesHasher"/>.</param>
    /// <param name="replica">Copy, 0 to replication factor - 1.</param>
    /// <param name="endpointIndex">Index into <see cref="Nodes"/>; -1 on failure.</param>
    /// <param name="error">Empty on success; else why no endpoint can be named (the ring has too few).</param>
    public bool TryGetReplica(ulong seriesHash, int replica, out int endpointIndex, out string error)
    {
        if ((uint)replica >= (uint)ReplicasMax)
        {
            endpointIndex = -1;
            error = Insufficient(replica);
            return false;
        }
        endpointIndex = Locate(seriesHash, replica);
        error = "";
        return true;
    }

    /// <summary>Finds the endpoints of all copies of a series in one step.</summary>
    /// <param name="seriesHash">Result of <see cref="SeriesHasher"/>.</param>
    /// <param name="endpointIndexes">One index into <see cref="Nodes"/> per copy; its length is the number of copies asked
    /// for.</param>
    /// <param name="error">Empty on success.</param>
    public bool TryGetReplicas(ulong seriesHash, Span<int> endpointIndexes, out string error)
    {
        if (endpointIndexes.Length > ReplicasMax)
        {
            error = Insufficient(ReplicasMax);
            return false;
        }
        LocateAll(seriesHash, endpointIndexes);
        error = "";
        return true;
    }

    /// <summary>Copies that this ring can place.</summary>
    private protected abstract int ReplicasMax { get; }

    private protected abstract int Locate(ulong seriesHash, int replica);

    private protected abstract void LocateAll(ulong seriesHash, Span<int> endpointIndexes);

    private string Insufficient(int replica) =>
        string.Create(CultureInfo.InvariantCulture, $"insufficient nodes; have {NodeCount}, want {Math.Max(replica, 0) + 1}");
}
