using System.Buffers;
using System.IO.Pipelines;
using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>One call as its handler sees it. One thread at a time.</summary>
public sealed class GrpcServerCall
{
    // Below this a compressed reply saves less than the frame of its own costs.
    private const int CompressedReplyBytesMin = 1024;

    private readonly HttpContext _context;
    private readonly bool _mayCompress;

    /// <summary>Wraps the exchange.</summary>
    /// <param name="context">The HTTP side.</param>
    /// <param name="requestEncoding">Replies may use what the request uses; plain is always allowed.</param>
    /// <param name="cancelled">See <see cref="Cancelled"/>.</param>
    internal GrpcServerCall(HttpContext context, GrpcEncoding requestEncoding, CancellationToken cancelled)
    {
        _context = context;
        _mayCompress = requestEncoding == GrpcEncoding.Snappy;
        Cancelled = cancelled;
        if (_mayCompress) context.Response.Headers["grpc-encoding"] = "snappy";
    }

    /// <summary>Path of the method, "/thanos.Store/Series".</summary>
    public string Method => _context.Request.Path.Value ?? "";

    /// <summary>Address of the client, for messages.</summary>
    public string Peer => $"{_context.Connection.RemoteIpAddress}:{_context.Connection.RemotePort}";

    /// <summary>Set when the client has gone, has cancelled, or its deadline has passed: stop working.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>Messages sent so far.</summary>
    internal int SentCount { get; private set; }

    /// <summary>First value of a metadata entry of the request; null when it is absent.</summary>
    /// <param name="name">Name, in any case.</param>
    public string? Metadata(string name) => _context.Request.Headers.TryGetValue(name, out var values) ? values[0] : null;

    /// <summary>Sends one message. Returns when the transport has taken it; that can take as long as the client
    /// pleases.</summary>
    /// <param name="message">Encoded message; free again when the task completes.</param>
    /// <exception cref="OperationCanceledException">See <see cref="Cancelled"/>.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message)
    {
        Cancelled.ThrowIfCancellationRequested();
        Write(message.Span);
        await _context.Response.BodyWriter.FlushAsync(Cancelled);
    }

    /// <summary>Puts one message into the response without sending it off.</summary>
    internal void Write(ReadOnlySpan<byte> message)
    {
        SentCount++;
        var output = _context.Response.BodyWriter;
        if (_mayCompress && message.Length >= CompressedReplyBytesMin && TryWriteCompressed(message, output)) return;
        MessagePrefix.Write(output.GetSpan(MessagePrefix.SizeBytes), compressed: false, message.Length);
        output.Advance(MessagePrefix.SizeBytes);
        output.Write(message);
    }

    private static bool TryWriteCompressed(ReadOnlySpan<byte> message, PipeWriter output)
    {
        using var encoded = new ByteBuffer(message.Length);
        SnappyFrames.Encode(message, encoded);
        if (encoded.Length >= message.Length) return false;
        MessagePrefix.Write(output.GetSpan(MessagePrefix.SizeBytes), compressed: true, encoded.Length);
        output.Advance(MessagePrefix.SizeBytes);
        output.Write(encoded.Written);
        return true;
    }
}
