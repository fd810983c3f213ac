using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Receiver.RemoteWrite;

/// <summary>POST /api/v1/receive: headers, body, walk, and then the sink; HTTP and nothing else.</summary>
/// <remarks>
/// The order of the checks and every text: docs/formats/remote-write.md. A request costs a handful of small objects, whatever the
/// number of its samples.
/// </remarks>
public sealed class RemoteWriteEndpoint(
    RemoteWriteOptions options, BodyReader bodies, BatchPool batches, IWriteSink sink, WriteMetrics metrics, TimeProvider clock,
    ILogger<RemoteWriteEndpoint> log)
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/api/v1/receive";

    private const string Handler = "receive";
    private const string Allowed = "OPTIONS, POST";

    private readonly TenantSelector _tenants = new(options);

    /// <summary>Adds the route. Unclean spellings of the path are answered where unknown paths are, see
    /// <see cref="AnswerUnknownAsync"/>.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.Map(Path, HandleAsync);

    /// <summary>Answers a path without a route: a redirect for an unclean spelling of this endpoint's, else 404.</summary>
    public static Task AnswerUnknownAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (HttpMethods.IsPost(context.Request.Method) && PathCleanup.IsVariant(target, Path))
        {
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = Path;
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
        return TextReply.WriteAsync(context.Response, StatusCodes.Status404NotFound, "404 page not found");
    }

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        // Routing ignores case, a trailing slash and dot segments; senders are told the right spelling.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!PathCleanup.IsExact(target, Path)) return AnswerUnknownAsync(context);
        var method = context.Request.Method;
        if (HttpMethods.IsPost(method)) return ReceiveAsync(context);
        context.Response.Headers.Allow = Allowed;
        if (!HttpMethods.IsOptions(method))
            return TextReply.WriteAsync(context.Response, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        var request = context.Request;
        var label = _tenants.Label(request);
        var started = clock.GetTimestamp();
        metrics.RequestStarted(Handler, request.Method, label);
        try
        {
            if (sink.IsReady)
            {
                var result = await WriteAsync(request, context.RequestAborted);
                Report(label, result);
                await TextReply.WriteAsync(context.Response, result);
            }
            else
            {
                await TextReply.WriteRawAsync(context.Response, StatusCodes.Status503ServiceUnavailable, "Service Unavailable");
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && !context.Response.HasStarted)
        {
            log.RequestThrew(e, label);
            await TextReply.WriteAsync(context.Response, StatusCodes.Status500InternalServerError, "internal error");
        }
        finally
        {
            metrics.RequestEnded(
                Handler, request.Method, label, context.Response.StatusCode, clock.GetElapsedTime(started), Size(request),
                context.Response.ContentLength ?? 0);
        }
    }

    private async ValueTask<WriteResult> WriteAsync(HttpRequest request, CancellationToken stop)
    {
        if (!_tenants.TrySelect(request, out var tenant, out var error)) return new WriteResult(WriteOutcome.BadTenant, error);
        var version = ProtocolVersion.Check(request);
        if (!version.IsStored) return version;
        // The limit is this endpoint's own, with its own answer.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        var read = await bodies.ReadAsync(request, stop);
        if (read.Body is null) return read.Refusal;
        var batch = batches.Rent();
        try
        {
            batch.Reset(read.Body);
            return await WriteAsync(request, batch, tenant, stop);
        }
        finally
        {
            batch.Release();
        }
    }

    private async ValueTask<WriteResult> WriteAsync(HttpRequest request, Batch batch, string tenant, CancellationToken stop)
    {
        var fault = BatchReader.ReadRemoteWrite(batch, tenant);
        if (fault.Error == DecodeError.TooMany) return new WriteResult(WriteOutcome.TooLarge, fault.ToString());
        if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
        if (!TryReplica(request, out var replica)) return WriteResult.Malformed("could not parse replica header");
        if (batch.SeriesCount == 0) return WriteResult.Stored;
        var result = await sink.WriteAsync(batch, replica, stop);
        var isDistributed = result.Outcome is not (WriteOutcome.BadReplica or WriteOutcome.Malformed);
        if (isDistributed) metrics.Written(tenant, result.HttpStatus, batch.SeriesCount, batch.ItemCount);
        return result;
    }

    private bool TryReplica(HttpRequest request, out ulong replica)
    {
        replica = 0;
        if (!request.Headers.TryGetValue(options.ReplicaHeader, out var values) || values.Count == 0) return true;
        var text = values[0];
        return string.IsNullOrEmpty(text) || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out replica);
    }

    private void Report(string tenant, in WriteResult result)
    {
        if (result.IsStored) return;
        if (result.HttpStatus >= StatusCodes.Status500InternalServerError) log.RequestFailed(tenant, result.Text);
        else log.RequestRefused(tenant, result.Text);
    }

    // Upstream's measure: the body if its length is known, plus the text of the request's head.
    private static long Size(HttpRequest request)
    {
        long size = (request.ContentLength ?? 0) + request.Method.Length + request.Protocol.Length + request.Path.Value!.Length
            + (request.Host.Value?.Length ?? 0);
        foreach (var (name, values) in request.Headers)
        {
            size += name.Length;
            foreach (var value in values) size += value?.Length ?? 0;
        }
        return size;
    }
}
