using Tsdb.Labels;

namespace Receiver.Options;

/// <summary>Everything the command line says, checked. Each part of the process is handed the record it needs.</summary>
public sealed record ReceiverOptions
{
    /// <summary>Whether it stores, routes or both; from --receive.hashrings-file, --receive.hashrings and
    /// --receive.local-endpoint.</summary>
    public required ReceiverMode Mode { get; init; }

    /// <summary>Whether this process has a data directory, tenants and uploads.</summary>
    public bool IsIngestor => Mode != ReceiverMode.RouterOnly;

    /// <summary>External labels, one or more; --label.</summary>
    public required LabelSet Labels { get; init; }

    /// <summary>Most bytes the process may use; 0 = 90 % of the control group's limit; --memory.limit.</summary>
    public required long MemoryLimitBytes { get; init; }

    /// <summary>Log level, shape and name.</summary>
    public required LogOptions Log { get; init; }

    /// <summary>The listener of metrics and probes.</summary>
    public required HttpOptions Http { get; init; }

    /// <summary>The gRPC listener.</summary>
    public required GrpcOptions Grpc { get; init; }

    /// <summary>The remote-write listener.</summary>
    public required RemoteWriteOptions RemoteWrite { get; init; }

    /// <summary>How peers are called.</summary>
    public required PeerOptions Peers { get; init; }

    /// <summary>Databases.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary>Tenants, rings, replication and limits.</summary>
    public required ReceiveOptions Receive { get; init; }

    /// <summary>Uploads.</summary>
    public required ShipperOptions Shipper { get; init; }

    /// <summary>YAML of the tracing exporter; empty = none; --tracing.config.</summary>
    public string TracingConfig { get; init; } = "";

    /// <summary>YAML of request logging; empty = none; --request.logging-config.</summary>
    public string RequestLoggingConfig { get; init; } = "";

    /// <summary>Flags that were given and have no effect; each is warned about once at the start.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}
