using Receiver.Grpc;
using Receiver.Protos.Store;

namespace Receiver.StoreApi;

/// <summary>The outgoing side of a Series call: frames, batches, limits.</summary>
internal sealed class SeriesReply(GrpcServerCall call, SeriesRequest request, StoreApiOptions options,
    StoreApiMetrics? metrics) : IDisposable
{
    // Upstream allocates what is asked for; a batch is never larger than this many series here.
    private const int BatchSizeMax = 4096;

    private readonly SeriesFrame _frame = new((int)Math.Clamp(request.ResponseBatchSize, 0, BatchSizeMax));
    private readonly FrameLimits _limits = new(options);

    /// <summary>Series messages so far.</summary>
    public long SeriesCount { get; private set; }

    /// <summary>Chunks so far.</summary>
    public long ChunkCount { get; private set; }

    /// <summary>Whether the request's own limit of messages is reached.</summary>
    public bool IsFull => request.Limit > 0 && SeriesCount >= request.Limit;

    /// <summary>Adds a series, sending every frame that fills.</summary>
    /// <returns>Null, or the limit that was violated.</returns>
    public async ValueTask<string?> SendAsync(SeriesItem item)
    {
        call.Cancelled.ThrowIfCancellationRequested();
        var next = 0;
        do
        {
            var first = next;
            next = _frame.Append(item, next);
            SeriesCount++;
            ChunkCount += next - first;
            if (_frame.IsDue && await FlushAsync() is { } violated) return violated;
        }
        while (next < item.ChunkCount && !IsFull);
        return null;
    }

    /// <summary>Sends what is being built.</summary>
    /// <returns>Null, or the limit that was violated; then nothing was sent.</returns>
    public async ValueTask<string?> FlushAsync()
    {
        if (_frame.SeriesCount == 0) return null;
        if (_limits.Take(_frame.SeriesCount, _frame.ChunkCount, out var reason) is { } violated)
        {
            metrics?.SelectDropped(reason);
            _frame.Take();
            return violated;
        }
        await call.WriteAsync(_frame.Take());
        return null;
    }

    /// <summary>Sends what is being built, then a warning of its own. Limits do not count it.</summary>
    public async ValueTask<string?> WarnAsync(string text)
    {
        if (await FlushAsync() is { } violated) return violated;
        await call.WriteAsync(_frame.Warning(text));
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _frame.Dispose();
}
