namespace Receiver.StoreApi;

/// <summary>Limits and names of the read side.</summary>
public sealed record StoreApiOptions
{
    /// <summary>Series messages one Series call may send; 0 = no limit; --store.limits.request-series.</summary>
    public long SeriesPerRequestMax { get; init; }

    /// <summary>Samples one Series call may send, each chunk counting 120; 0 = no limit;
    /// --store.limits.request-samples.</summary>
    public long SamplesPerRequestMax { get; init; }

    /// <summary>Bytes one tenant's part of a Series call may hold when its series must be sorted as a whole, which only happens
    /// when a removed label has very many values. Past it the tenant's part fails.</summary>
    public long SortBufferBytesMax { get; init; } = 256L << 20;
}
