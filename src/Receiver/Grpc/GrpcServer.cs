using Microsoft.Extensions.Logging.Abstractions;

namespace Receiver.Grpc;

/// <summary>gRPC on Kestrel: a table of methods, and what every call has in common. Knows no message of any service.</summary>
/// <remarks>Register everything before the first call; then the table is only read. Its port must be configured with
/// <see cref="GrpcKestrel"/>. Source of texts and codes: docs/formats/grpc.md.</remarks>
public sealed class GrpcServer
{
    private readonly Dictionary<string, GrpcRoute> _routes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _services = new(StringComparer.Ordinal);
    private readonly CallRunner _runner;
    private readonly GrpcMetrics? _metrics;

    /// <summary>A server without methods.</summary>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <param name="metrics">Counts calls; nobody counts when null.</param>
    /// <param name="log">Told about handlers that throw.</param>
    public GrpcServer(GrpcServerOptions? options = null, GrpcMetrics? metrics = null, ILogger<GrpcServer>? log = null)
    {
        _metrics = metrics;
        _runner = new CallRunner(options ?? new GrpcServerOptions(), metrics, log ?? NullLogger<GrpcServer>.Instance);
    }

    /// <summary>Names of the services that have a method, ascending.</summary>
    public IEnumerable<string> Services => _services;

    /// <summary>Bytes of request messages held now, by all calls.</summary>
    public long BufferedBytes => _runner.BufferedBytes;

    /// <summary>Adds a method that answers one message with one.</summary>
    /// <param name="method">Path, "/package.Service/Method".</param>
    /// <param name="handler">Runs per call; an exception it throws becomes status 13 with the exception's text.</param>
    public void AddUnary(string method, UnaryHandler handler) => Add(method, new GrpcRoute("", "") { Unary = handler });

    /// <summary>Adds a method that answers one message with any number.</summary>
    /// <inheritdoc cref="AddUnary" path="/param"/>
    public void AddStream(string method, StreamHandler handler) => Add(method, new GrpcRoute("", "") { Stream = handler });

    /// <summary>Adds a method that reads and writes any number of messages.</summary>
    internal void AddDuplex(string method, DuplexHandler handler) => Add(method, new GrpcRoute("", "") { Duplex = handler });

    /// <summary>Creates the metric series of every method added so far, with value 0; the others appear on first use.</summary>
    public void AnnounceMetrics()
    {
        foreach (var route in _routes.Values) _metrics?.Announce(route);
    }

    /// <summary>Routes every path to this server. More specific routes of the same application win.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.Map("/{**method}", HandleAsync);

    /// <summary>Handles one HTTP exchange; usable as the only middleware of an application.</summary>
    public Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = context.Request.Path.Value ?? "";
        if (_routes.TryGetValue(path, out var route)) return _runner.RunAsync(context, route);
        if (!GrpcRoute.TrySplit(path, out var service, out var name))
            return CallRunner.RefuseAsync(context, new(GrpcCode.Unimplemented, $"malformed method name: \"{path}\""));
        return CallRunner.RefuseAsync(context, new(GrpcCode.Unimplemented, _services.Contains(service)
            ? $"unknown method {name} for service {service}"
            : $"unknown service {service}"));
    }

    private void Add(string method, GrpcRoute route)
    {
        if (!GrpcRoute.TrySplit(method, out var service, out var name))
            throw new ArgumentException($"Not a method path: {method}", nameof(method));
        _services.Add(service);
        _routes.Add(method, route with { Service = service, Name = name });
    }
}
