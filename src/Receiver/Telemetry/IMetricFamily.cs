namespace Receiver.Telemetry;

/// <summary>What a registry needs to know of a family.</summary>
internal interface IMetricFamily
{
    /// <summary>Name as exported.</summary>
    string Name { get; }

    /// <summary>What it measures.</summary>
    MetricKind Kind { get; }

    /// <summary>Writes every series.</summary>
    void Write(MetricWriter writer);
}
