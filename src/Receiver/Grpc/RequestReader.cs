using System.Buffers;
using System.IO.Pipelines;
using Receiver.Grpc.Compression;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>Takes messages off a request body. A plain message is never copied: it stays in the transport's own
/// segments.</summary>
/// <remarks>One call, one reader. <see cref="Message"/> is valid until the next read or disposal.</remarks>
internal sealed class RequestReader(PipeReader body, GrpcEncoding encoding, GrpcServerOptions options,
    BufferBudget budget) : IDisposable
{
    // A second message on a call that takes one is ignored as upstream does, but not collected without end.
    private const int ExtraBytesMax = 1 << 20;

    private ReadOnlySequence<byte> _unread;
    private long _takenBytes; // Of _unread, prefix included; 0 while no message is held.
    private ByteBuffer? _decoded;
    private long _budgetBytes;
    private bool _holdsRead;
    private bool _isPlain;
    private bool _isCompleted;

    /// <summary>The message last read, decompressed.</summary>
    public ReadOnlySequence<byte> Message { get; private set; }

    /// <summary>Whether the last read found the end of the request instead of a message.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>Whether the end came inside a prefix or a message.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>Reads the next message.</summary>
    /// <returns>Success (look at <see cref="AtEnd"/>), or why the call must end.</returns>
    public async ValueTask<GrpcStatus> ReadAsync(CancellationToken stop)
    {
        Release();
        if (!_holdsRead) await FillAsync(stop);
        while (true)
        {
            if (MessagePrefix.TryRead(_unread, out var prefix))
            {
                var check = prefix.Check(encoding, options.MessageSizeBytesMax);
                if (!check.IsOk) return check;
                if ((ulong)(_unread.Length - MessagePrefix.SizeBytes) >= prefix.LengthBytes) return Take(prefix);
            }
            if (_isCompleted)
            {
                AtEnd = true;
                IsTruncated = _unread.Length >= MessagePrefix.SizeBytes;
                return GrpcStatus.Ok;
            }
            if (!Reserve(_unread.Length)) return TooBusy;
            await FillAsync(stop);
        }
    }

    /// <summary>Waits until the client has ended its side, for a limited time; what it sends meanwhile is dropped.</summary>
    public async ValueTask AwaitEndAsync(CancellationToken stop)
    {
        if (_isCompleted) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(options.HalfCloseWait);
        try
        {
            while (!_isCompleted && _unread.Length <= _takenBytes + ExtraBytesMax)
            {
                await FillAsync(patience.Token);
                if (_isPlain) Message = _unread.Slice(MessagePrefix.SizeBytes, _takenBytes - MessagePrefix.SizeBytes);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The message is whole and its bytes stay where they are: the read that was given up consumed nothing.
        }
    }

    /// <summary>Gives the message's memory back.</summary>
    public void Dispose()
    {
        Release();
        if (_holdsRead) body.AdvanceTo(_unread.End);
        _holdsRead = false;
        _decoded?.Dispose();
        budget.Release(_budgetBytes);
        _budgetBytes = 0;
    }

    private static GrpcStatus TooBusy => new(GrpcCode.Unavailable, "too many request bytes are being held; try again later");

    private async ValueTask FillAsync(CancellationToken stop)
    {
        if (_holdsRead)
        {
            _holdsRead = false;
            body.AdvanceTo(_unread.Start, _unread.End);
        }
        var read = await body.ReadAsync(stop);
        _unread = read.Buffer;
        _isCompleted = read.IsCompleted;
        _holdsRead = true;
    }

    private GrpcStatus Take(MessagePrefix prefix)
    {
        Message = _unread.Slice(MessagePrefix.SizeBytes, prefix.LengthBytes);
        _takenBytes = MessagePrefix.SizeBytes + prefix.LengthBytes;
        _isPlain = prefix.Flag == 0;
        if (_isPlain) return GrpcStatus.Ok;
        _decoded ??= new ByteBuffer();
        _decoded.Clear();
        var status = MessageCodec.Decode(encoding, Message, _decoded, options.MessageSizeBytesMax);
        if (!status.IsOk) return status;
        if (!Reserve(_unread.Length + _decoded.Length)) return TooBusy;
        Message = new ReadOnlySequence<byte>(_decoded.WrittenMemory);
        return status;
    }

    private void Release()
    {
        if (_takenBytes == 0) return;
        _unread = _unread.Slice(_takenBytes);
        _takenBytes = 0;
        Message = default;
    }

    private bool Reserve(long bytes)
    {
        if (bytes <= _budgetBytes) return true;
        if (!budget.TryAdd(bytes - _budgetBytes)) return false;
        _budgetBytes = bytes;
        return true;
    }
}
