using Receiver.Telemetry;

namespace Receiver.Hosting;

/// <summary>The probe and metrics routes, the same on both HTTP ports.</summary>
internal static class Probes
{
    /// <summary>Adds <c>/-/healthy</c>, <c>/-/ready</c> and <c>/metrics</c>, each for any method.</summary>
    public static RouteTable AddProbes(this RouteTable routes, Prober prober, MetricsEndpoint metrics) => routes
        .Add("/-/healthy", http => AnswerAsync(http, prober.IsHealthy))
        .Add("/-/ready", http => AnswerAsync(http, prober.IsReady))
        .Add("/metrics", metrics.HandleAsync);

    private static Task AnswerAsync(HttpContext http, bool isFine) => isFine
        ? PlainReply.WriteAsync(http, StatusCodes.Status200OK, "OK")
        : PlainReply.ErrorAsync(http, StatusCodes.Status503ServiceUnavailable, "NOT OK");
}
