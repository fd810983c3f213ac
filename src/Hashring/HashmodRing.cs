namespace Hashring;

/// <summary>Endpoints sorted by address, copy n of a series on number (hash + n) mod count.</summary>
/// <remarks>
/// Also the ring of a receiver without a configuration: one endpoint, itself. Source: pkg/receive/hashring.go.
/// </remarks>
public sealed class HashmodRing : Ring
{
    private HashmodRing(string name, Endpoint[] sorted) : base(name, sorted)
    {
    }

    /// <summary>Builds the ring; the order of <paramref name="endpoints"/> does not matter.</summary>
    public static HashmodRing Create(string name, IReadOnlyList<Endpoint> endpoints)
    {
        Endpoint[] sorted = [.. endpoints];
        Array.Sort(sorted);
        return new HashmodRing(name, sorted);
    }

    private protected override int ReplicasMax => NodeCount;

    // The sum wraps around at 2^64 before the division, as upstream's does.
    private protected override int Locate(ulong seriesHash, int replica) =>
        (int)((seriesHash + (ulong)replica) % (ulong)NodeCount);

    private protected override void LocateAll(ulong seriesHash, Span<int> endpointIndexes)
    {
        for (var replica = 0; replica < endpointIndexes.Length; replica++) endpointIndexes[replica] = Locate(seriesHash, replica);
    }
}
