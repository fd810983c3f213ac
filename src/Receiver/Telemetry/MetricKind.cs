namespace Receiver.Telemetry;

/// <summary>What a family of series measures; written into its TYPE line.</summary>
public enum MetricKind
{
    /// <summary>Only ever grows; restarts at zero with the process.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts of observations per upper bound, with their sum.</summary>
    Histogram,

    /// <summary>Quantiles over a sliding window, with count and sum since the start.</summary>
    Summary,
}
