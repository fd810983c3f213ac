namespace Receiver.Options;

/// <summary>The gRPC listener and what it allows.</summary>
public sealed record GrpcOptions
{
    /// <summary>host:port; --grpc-address, default 0.0.0.0:10901.</summary>
    public required string Address { get; init; }

    /// <summary>TLS; --grpc-server-tls-*.</summary>
    public required ServerTlsOptions Tls { get; init; }

    /// <summary>Age at which a connection is asked to go; zero or less = never; --grpc-server-max-connection-age, default 60
    /// m.</summary>
    public required TimeSpan ConnectionAgeMax { get; init; }

    /// <summary>Longest wait for running calls at shutdown; --grpc-grace-period, default 2 m.</summary>
    public required TimeSpan GracePeriod { get; init; }

    /// <summary>Most series a Series call returns; 0 = no limit; --store.limits.request-series.</summary>
    public long RequestSeriesMax { get; init; }

    /// <summary>Most samples a Series call returns, at 120 a chunk; 0 = no limit; --store.limits.request-samples.</summary>
    public long RequestSamplesMax { get; init; }

    /// <summary>Responses buffered per database in a query, 1 or more; --receive.lazy-retrieval-max-buffered-responses, default
    /// 20.</summary>
    public int BufferedResponsesMax { get; init; } = 20;

    /// <summary>Regular expressions kept compiled; zero or less = none; --matcher-cache-size.</summary>
    public long MatcherCacheCount { get; init; }
}
