using Receiver.Telemetry;

namespace Receiver.Grpc;

/// <summary>Upstream's metrics of the server side: grpc_server_* by type, service and method, and recovered panics.</summary>
public sealed class GrpcMetrics
{
    private static readonly string[] MethodLabels = ["grpc_method", "grpc_service", "grpc_type"];
    private static readonly double[] SecondsBuckets = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120];

    private readonly System.Collections.Concurrent.ConcurrentDictionary<object, GrpcMethodMetrics> _methods =
        new(ReferenceEqualityComparer.Instance);
    private readonly Counter _started;
    private readonly Counter _handled;
    private readonly Counter _received;
    private readonly Counter _sent;
    private readonly Histogram _seconds;
    private readonly Counter _panics;

    /// <summary>Creates the instruments.</summary>
    public GrpcMetrics(MetricRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        _started = registry.CreateCounter("grpc_server_started_total", "Total number of RPCs started on the server.",
            MethodLabels);
        _handled = registry.CreateCounter("grpc_server_handled_total",
            "Total number of RPCs completed on the server, regardless of success or failure.",
            "grpc_code", "grpc_method", "grpc_service", "grpc_type");
        _received = registry.CreateCounter("grpc_server_msg_received_total",
            "Total number of RPC stream messages received on the server.", MethodLabels);
        _sent = registry.CreateCounter("grpc_server_msg_sent_total",
            "Total number of gRPC stream messages sent by the server.", MethodLabels);
        _seconds = registry.CreateHistogram("grpc_server_handling_seconds",
            "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.",
            SecondsBuckets, MethodLabels);
        _panics = registry.CreateCounter("grpc_req_panics_recovered_total",
            "Total number of gRPC requests recovered from internal panic.");
    }

    /// <summary>Creates the series of a method with value 0, for every code, before its first call.</summary>
    internal void Announce(GrpcRoute route)
    {
        var method = Of(route);
        foreach (var code in Enum.GetValues<GrpcCode>()) method.Announce(code);
    }

    /// <summary>A call began.</summary>
    internal GrpcMethodMetrics Started(GrpcRoute route)
    {
        var method = Of(route);
        method.Started();
        return method;
    }

    /// <summary>A handler threw.</summary>
    internal void PanicRecovered() => _panics.Inc();

    private GrpcMethodMetrics Of(GrpcRoute route) => _methods.TryGetValue(route, out var known)
        ? known
        : _methods.GetOrAdd(route, new GrpcMethodMetrics(route, _started, _handled, _received, _sent, _seconds));
}
