namespace Receiver.Options;

/// <summary>The listener of metrics, probes and the status page.</summary>
public sealed record HttpOptions
{
    /// <summary>host:port; --http-address, default 0.0.0.0:10902.</summary>
    public required string Address { get; init; }

    /// <summary>Longest wait for running requests at shutdown; --http-grace-period, default 2 m, 0 = none.</summary>
    public required TimeSpan GracePeriod { get; init; }

    /// <summary>Path of the web configuration; empty = plain HTTP; --http.config.</summary>
    public string ConfigFile { get; init; } = "";
}
