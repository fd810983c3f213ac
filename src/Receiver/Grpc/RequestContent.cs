using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Receiver.Grpc;

/// <summary>A request body: prefix and message, streamed from where the message lies.</summary>
/// <remarks>The transport may still be writing when the answer arrives. <see cref="ReleaseAsync"/> returns only when it no longer
/// touches the message, so that pooled memory can be given back.</remarks>
internal sealed class RequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Grpc = new("application/grpc");

    // One HTTP/2 frame: smaller pieces are gathered, larger ones are handed over as they are.
    private const int GatherBytes = 16 << 10;

    private readonly ReadOnlySequence<byte> _message;
    private readonly bool _compressed;
    private readonly Lock _gate = new(); // Guards the three fields below.
    private int _writers;
    private bool _released;
    private TaskCompletionSource? _idle;

    /// <summary>Wraps a message.</summary>
    public RequestContent(in ReadOnlySequence<byte> message, bool compressed)
    {
        _message = message;
        _compressed = compressed;
        Headers.ContentType = Grpc;
    }

    /// <summary>Forbids further writing and waits for the writing in progress, which the caller has cancelled.</summary>
    public Task ReleaseAsync()
    {
        lock (_gate)
        {
            _released = true;
            if (_writers == 0) return Task.CompletedTask;
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false; // gRPC sends no content-length.
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context,
        CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_released, this);
            _writers++;
        }
        var gather = ArrayPool<byte>.Shared.Rent(GatherBytes);
        try
        {
            await WriteAsync(stream, gather, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gather);
            lock (_gate)
            {
                if (--_writers == 0) _idle?.TrySetResult();
            }
        }
    }

    private async Task WriteAsync(Stream stream, byte[] gather, CancellationToken stop)
    {
        MessagePrefix.Write(gather, _compressed, checked((int)_message.Length));
        var gathered = MessagePrefix.SizeBytes;
        foreach (var segment in _message)
        {
            if (segment.Length > GatherBytes - gathered)
            {
                await stream.WriteAsync(gather.AsMemory(0, gathered), stop);
                gathered = 0;
            }
            if (segment.Length > GatherBytes - gathered)
            {
                await stream.WriteAsync(segment, stop);
                continue;
            }
            segment.Span.CopyTo(gather.AsSpan(gathered));
            gathered += segment.Length;
        }
        if (gathered > 0) await stream.WriteAsync(gather.AsMemory(0, gathered), stop);
    }
}
