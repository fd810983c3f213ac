using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>Calls to one peer, all over one connection (more when the peer's stream limit is reached). Thread-safe.</summary>
/// <remarks>Connects on the first call and reconnects by itself. A call never waits for a peer that refuses connections: it fails
/// as unavailable. Every outcome is a <see cref="GrpcStatus"/>; nothing is thrown.</remarks>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly GrpcChannelOptions _options;
    private readonly Uri _base;

    /// <summary>Prepares a channel; connects to nothing yet.</summary>
    /// <param name="address">"host:port"; a leading "dns:///" is dropped.</param>
    /// <param name="options">How to talk.</param>
    /// <exception cref="UriFormatException">The address is not a host and a port.</exception>
    public GrpcChannel(string address, GrpcChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Address = address;
        var host = address.StartsWith("dns:///", StringComparison.Ordinal) ? address["dns:///".Length..] : address;
        _base = new Uri($"{(options.Tls is null ? "http" : "https")}://{host}");
        _http = new HttpMessageInvoker(CreateHandler(options));
    }

    /// <summary>The address as given.</summary>
    public string Address { get; }

    /// <summary>Sends one message and waits for one.</summary>
    /// <param name="method">Path, "/package.Service/Method".</param>
    /// <param name="request">The message; not touched any more when the task completes.</param>
    /// <param name="reply">Gets the reply message appended, decompressed; its content means nothing after an error.</param>
    /// <param name="timeout">Deadline, also told to the peer; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="stop">Gives up: status 1.</param>
    public async ValueTask<GrpcStatus> UnaryAsync(
        string method, ReadOnlySequence<byte> request, ByteBuffer reply, TimeSpan timeout, CancellationToken stop)
    {
        var count = 0;
        var status = await CallAsync(method, request, reply, OneMessageAsync, timeout, stop);
        return status.IsOk && count != 1
            ? new(GrpcCode.Internal, "cardinality violation: expected one reply message, got " + (count == 0 ? "none" : "more"))
            : status;

        // The message is left in the buffer: only a second one is an error.
        ValueTask<bool> OneMessageAsync() => ValueTask.FromResult(++count > 1);
    }

    /// <summary>Sends one message and hands on each message of the reply.</summary>
    /// <param name="method">As for <see cref="UnaryAsync"/>.</param>
    /// <param name="request">As for <see cref="UnaryAsync"/>.</param>
    /// <param name="onMessage">Gets each message, decompressed, valid until its task completes; the peer waits meanwhile.</param>
    /// <param name="timeout">As for <see cref="UnaryAsync"/>.</param>
    /// <param name="stop">As for <see cref="UnaryAsync"/>.</param>
    public async ValueTask<GrpcStatus> StreamAsync(string method, ReadOnlySequence<byte> request,
        Func<ReadOnlyMemory<byte>, ValueTask> onMessage, TimeSpan timeout, CancellationToken stop)
    {
        using var message = new ByteBuffer();
        return await CallAsync(method, request, message, OnMessageAsync, timeout, stop);

        async ValueTask<bool> OnMessageAsync()
        {
            await onMessage(message.WrittenMemory);
            message.Clear();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler CreateHandler(GrpcChannelOptions options) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = options.ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        KeepAlivePingDelay = options.KeepAlivePingDelay,
        KeepAlivePingTimeout = options.KeepAlivePingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        SslOptions = options.Tls ?? new(),
    };

    // isEnough says after each message whether to stop reading.
    private async ValueTask<GrpcStatus> CallAsync(string method, ReadOnlySequence<byte> request, ByteBuffer message,
        Func<ValueTask<bool>> isEnough, TimeSpan timeout, CancellationToken stop)
    {
        using var expired = new CancellationTokenSource(timeout, _options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, stop);
        using var compressed = _options.Encoding == GrpcEncoding.Snappy && !request.IsEmpty ? new ByteBuffer() : null;
        if (compressed is not null)
        {
            SnappyFrames.Encode(request, compressed);
            request = new ReadOnlySequence<byte>(compressed.WrittenMemory);
        }
        using var content = new RequestContent(request, compressed is not null);
        using var http = CreateRequest(method, content, timeout);
        try
        {
            using var response = await _http.SendAsync(http, either.Token);
            var refusal = ReplyHeaders.Check(response, out var encoding);
            if (!refusal.IsOk) return refusal;
            var body = await response.Content.ReadAsStreamAsync(either.Token);
            var reader = new ReplyReader(body, encoding, _options.MessageSizeBytesMax);
            while (true)
            {
                var (status, atEnd) = await reader.ReadAsync(message, either.Token);
                if (!status.IsOk) return status;
                if (atEnd) return ReplyHeaders.FinalStatus(response);
                if (await isEnough()) return GrpcStatus.Ok;
            }
        }
        catch (Exception e) when (TransportErrors.IsTransport(e))
        {
            return stop.IsCancellationRequested ? new(GrpcCode.Cancelled, "context canceled")
                : expired.IsCancellationRequested ? new(GrpcCode.DeadlineExceeded, "context deadline exceeded")
                : TransportErrors.ToStatus(e);
        }
        finally
        {
            await either.CancelAsync();
            await content.ReleaseAsync();
        }
    }

    private HttpRequestMessage CreateRequest(string method, RequestContent content, TimeSpan timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.TryAddWithoutValidation("user-agent", _options.UserAgent);
        request.Headers.TryAddWithoutValidation("grpc-accept-encoding", MessageCodec.Accepted);
        if (_options.Encoding == GrpcEncoding.Snappy) request.Headers.TryAddWithoutValidation("grpc-encoding", "snappy");
        if (timeout != Timeout.InfiniteTimeSpan)
            request.Headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Format(timeout));
        return request;
    }
}
