using Receiver.Telemetry;

namespace Receiver.Grpc;

/// <summary>The series of one method, resolved once.</summary>
internal sealed class GrpcMethodMetrics(
    GrpcRoute route, Counter started, Counter handled, Counter received, Counter sent, Histogram seconds)
{
    private readonly Counter.Child _started = started.WithLabels(route.Name, route.Service, route.Kind);
    private readonly Counter.Child _received = received.WithLabels(route.Name, route.Service, route.Kind);
    private readonly Counter.Child _sent = sent.WithLabels(route.Name, route.Service, route.Kind);
    private readonly Histogram.Child _seconds = seconds.WithLabels(route.Name, route.Service, route.Kind);
    private readonly Counter.Child _ok = handled.WithLabels("OK", route.Name, route.Service, route.Kind);

    /// <summary>Creates the series of a code.</summary>
    public void Announce(GrpcCode code) => handled.WithLabels(GrpcStatus.CodeName(code), route.Name, route.Service, route.Kind);

    /// <summary>A call began.</summary>
    public void Started() => _started.Inc();

    /// <summary>A request message arrived whole.</summary>
    public void Received() => _received.Inc();

    /// <summary>A call ended.</summary>
    public void Handled(GrpcCode code, int sentCount, TimeSpan duration)
    {
        if (code == GrpcCode.Ok) _ok.Inc();
        else handled.WithLabels(GrpcStatus.CodeName(code), route.Name, route.Service, route.Kind).Inc();
        _sent.Inc(sentCount);
        _seconds.Observe(duration.TotalSeconds);
    }
}
