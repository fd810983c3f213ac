using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>What every call has in common: checks of the headers, deadline, message in, handler, status out.</summary>
internal sealed class CallRunner(GrpcServerOptions options, GrpcMetrics? metrics, ILogger log)
{
    private static readonly string[] CodeTexts = [.. Codes()];

    private readonly BufferBudget _budget = new(options.BufferedBytesMax);

    /// <summary>Bytes of request messages held now.</summary>
    public long BufferedBytes => _budget.Bytes;

    /// <summary>Answers a call to a method that does not exist, after the checks that come before any method is looked
    /// up.</summary>
    public static async Task RefuseAsync(HttpContext context, GrpcStatus status)
    {
        if (!IsGrpc(context)) return;
        // The request is read to its end so that the stream closes in order (see GrpcServerOptions.HalfCloseWait).
        await DrainAsync(context);
        Finish(context, status, sentCount: 0);
    }

    /// <summary>Runs a call to its end. Never throws, unless the transport does.</summary>
    public async Task RunAsync(HttpContext context, GrpcRoute route)
    {
        if (!IsGrpc(context)) return;
        LiftBodyLimits(context);
        var timeout = Timeout.InfiniteTimeSpan;
        if (context.Request.Headers["grpc-timeout"] is [{ } text, ..])
        {
            if (!GrpcTimeout.TryParse(text, out timeout, out var error))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                Finish(context, new(GrpcCode.Internal, $"malformed grpc-timeout: {error}"), 0);
                return;
            }
            if (timeout == TimeSpan.Zero)
            {
                Finish(context, DeadlineExceeded, 0);
                return;
            }
        }
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            await RunAsync(context, route, context.RequestAborted);
            return;
        }
        // A timer cannot be set further than 49 days ahead; no call runs that long.
        if (timeout > TimeSpan.FromDays(49)) timeout = TimeSpan.FromDays(49);
        using var expired = new CancellationTokenSource(timeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, context.RequestAborted);
        await RunAsync(context, route, either.Token);
    }

    private static GrpcStatus DeadlineExceeded => new(GrpcCode.DeadlineExceeded, "context deadline exceeded");

    private async Task RunAsync(HttpContext context, GrpcRoute route, CancellationToken cancelled)
    {
        var started = options.Clock.GetTimestamp();
        var counters = metrics?.Started(route);
        var sent = 0;
        var status = GrpcStatus.Ok;
        try
        {
            if (MessageCodec.TryParse(context.Request.Headers["grpc-encoding"], out var encoding))
            {
                using var requests = new RequestReader(context.Request.BodyReader, encoding, options, _budget);
                var call = new GrpcServerCall(context, encoding, cancelled);
                status = await HandleAsync(call, route, requests, counters);
                sent = call.SentCount;
            }
            else
            {
                status = new(GrpcCode.Unimplemented,
                    $"grpc: Decompressor is not installed for grpc-encoding \"{context.Request.Headers["grpc-encoding"]}\"");
            }
        }
        catch (Exception e) when (cancelled.IsCancellationRequested)
        {
            // Whatever broke, broke because the client is gone or out of time.
            status = context.RequestAborted.IsCancellationRequested
                ? new GrpcStatus(GrpcCode.Cancelled, "context canceled")
                : DeadlineExceeded;
            log.CallEnded(e, route.Service, route.Name, status.Code);
        }
        catch (InvalidProtocolBufferException e)
        {
            status = new(GrpcCode.Internal, (route.Unary is not null
                ? "grpc: error unmarshalling request: "
                : "grpc: failed to unmarshal the received message: ") + e.Message);
        }
        catch (Exception e)
        {
            status = new(GrpcCode.Internal, e.Message);
            metrics?.PanicRecovered();
            log.HandlerThrew(e, route.Service, route.Name);
        }
        counters?.Handled(status.Code, sent, options.Clock.GetElapsedTime(started));
        if (!context.RequestAborted.IsCancellationRequested) Finish(context, status, sent);
    }

    private static async ValueTask<GrpcStatus> HandleAsync(
        GrpcServerCall call, GrpcRoute route, RequestReader requests, GrpcMethodMetrics? counters)
    {
        if (route.Duplex is not null) return await route.Duplex(call, requests);
        var status = await requests.ReadAsync(call.Cancelled);
        if (!status.IsOk) return status;
        if (requests.AtEnd) return NoMessage(route, requests.IsTruncated);
        counters?.Received();
        await requests.AwaitEndAsync(call.Cancelled);
        if (route.Stream is not null) return await route.Stream(call, requests.Message);
        using var reply = new ByteBuffer();
        status = await route.Unary!(call, requests.Message, reply);
        if (status.IsOk) call.Write(reply.Written);
        return status;
    }

    private static GrpcStatus NoMessage(GrpcRoute route, bool truncated)
    {
        if (truncated) return new(GrpcCode.Internal, "unexpected EOF");
        return route.Unary is not null
            ? new(GrpcCode.Unknown, "EOF")
            : new(GrpcCode.Internal, "cardinality violation: received no request message from non-client-streaming RPC");
    }

    private static bool IsGrpc(HttpContext context)
    {
        var type = context.Request.ContentType ?? "";
        var plain = type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
            && (type.Length == 16 || type[16] is '+' or ';');
        context.Response.ContentType = plain ? type : "application/grpc";
        if (!plain)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            Finish(context, new(GrpcCode.InvalidArgument, $"invalid gRPC request content-type \"{type}\""), 0);
        }
        else if (!HttpMethods.IsPost(context.Request.Method))
        {
            plain = false;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            Finish(context, new(GrpcCode.Internal,
                $"Received a HEADERS frame with :method \"{context.Request.Method}\" which should be POST"), 0);
        }
        return plain;
    }

    // Without a message the status goes into the only header block: a trailers-only reply.
    private static void Finish(HttpContext context, GrpcStatus status, int sentCount)
    {
        var code = (uint)status.Code < (uint)CodeTexts.Length ? CodeTexts[(int)status.Code] : "2";
        var message = StatusText.Encode(status.Message);
        if (sentCount == 0 && !context.Response.HasStarted)
        {
            context.Response.Headers["grpc-status"] = code;
            context.Response.Headers["grpc-message"] = message;
            context.Response.Headers.Remove("grpc-encoding");
            return;
        }
        context.Response.AppendTrailer("grpc-status", code);
        context.Response.AppendTrailer("grpc-message", message);
    }

    private static void LiftBodyLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }

    private static async Task DrainAsync(HttpContext context)
    {
        const int bytesMax = 1 << 20; // A refused call is not worth more reading.
        var body = context.Request.BodyReader;
        long total = 0;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            while (total < bytesMax)
            {
                var read = await body.ReadAsync(patience.Token);
                total += read.Buffer.Length;
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        catch (OperationCanceledException)
        {
            // The client keeps its side open: answer all the same.
        }
    }

    private static IEnumerable<string> Codes()
    {
        foreach (var code in Enum.GetValues<GrpcCode>()) yield return ((int)code).ToString(CultureInfo.InvariantCulture);
    }
}
