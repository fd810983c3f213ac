namespace Receiver.Hosting;

/// <summary>Exact paths to handlers, answering everything else as upstream's router of that port does.</summary>
/// <remarks>
/// Two manners. A strict table knows methods: 405 with Allow, OPTIONS answered, wrong spellings redirected when the method fits
/// (the remote-write port; julienschmidt/httprouter). A loose one takes any method and redirects unclean paths (the metrics port;
/// Go's ServeMux). Filled before it serves; then read-only.
/// </remarks>
internal sealed class RouteTable(bool isStrict, ILogger log)
{
    private readonly Dictionary<string, Route> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _spellings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a path for any method.</summary>
    public RouteTable Add(string path, RequestDelegate handler) => Add("", path, handler);

    /// <summary>Adds a path for one method; "" = any.</summary>
    public RouteTable Add(string method, string path, RequestDelegate handler)
    {
        _routes.Add(path, new(method, handler));
        _spellings.Add(path, path);
        return this;
    }

    /// <summary>Answers a request. A handler's exception becomes a 500 and a log line.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        try { await DispatchAsync(http); }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            log.RequestUnsuccessful(e, http.Request.Path);
            await PlainReply.ErrorAsync(http, StatusCodes.Status500InternalServerError, "internal error");
        }
    }

    private Task DispatchAsync(HttpContext http)
    {
        var (path, method) = (RequestPath.Of(http), http.Request.Method);
        if (!_routes.TryGetValue(path, out var route))
            return isStrict ? MissStrictAsync(http, path, method) : MissLooseAsync(http, path);
        if (route.Method.Length == 0 || route.Method == method) return route.Handler(http);
        http.Response.Headers.Allow = route.Method == "GET" ? "GET, OPTIONS" : $"OPTIONS, {route.Method}";
        if (!HttpMethods.IsOptions(method))
            return PlainReply.ErrorAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private Task MissStrictAsync(HttpContext http, string path, string method)
    {
        if (path == "*" && HttpMethods.IsOptions(method))
        {
            http.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
        var clean = RequestPath.Clean(path).TrimEnd('/');
        if (!_spellings.TryGetValue(clean, out var right) || _routes[right].Method != method)
            return PlainReply.NotFoundAsync(http);
        return HttpMethods.IsGet(method)
            ? PlainReply.RedirectAsync(http, StatusCodes.Status301MovedPermanently, right, "Moved Permanently")
            : PlainReply.RedirectAsync(http, StatusCodes.Status307TemporaryRedirect, right, "Temporary Redirect");
    }

    private static Task MissLooseAsync(HttpContext http, string path)
    {
        var clean = RequestPath.Clean(path);
        return clean == path || path == "*"
            ? PlainReply.NotFoundAsync(http)
            : PlainReply.RedirectAsync(http, StatusCodes.Status307TemporaryRedirect, clean, "Temporary Redirect");
    }

    private readonly record struct Route(string Method, RequestDelegate Handler);
}
