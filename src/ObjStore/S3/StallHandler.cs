using System.Net;

namespace ObjStore.S3;

/// <summary>Ends a request that stands still: no byte of its body taken and no response header for a while.</summary>
/// <remarks>
/// Progress restarts the clock, so a slow link may take as long as it needs while a dead server is noticed. The client library's
/// own timeout bounds the whole exchange instead, which no value suits for both a 100-byte question and a 64 MiB part.
/// </remarks>
internal sealed class StallHandler(HttpMessageHandler inner, TimeSpan timeout, TimeProvider clock) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Zero means no limit, as upstream.
        if (timeout <= TimeSpan.Zero) return await base.SendAsync(request, cancellationToken);
        using var stalled = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stalled.Token);
        if (request.Content is { } content) request.Content = new WatchedContent(content, () => stalled.CancelAfter(timeout));
        try
        {
            return await base.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException e) when (stalled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                $"{request.Method} {request.RequestUri?.GetLeftPart(UriPartial.Path)}: no progress for {timeout}", e);
        }
    }

    /// <summary>A body that reports each piece the connection took.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private const int PieceBytes = 64 << 10; // Small beside any timeout: 64 KiB in 2 min is 546 B/s.
        private readonly HttpContent _content;
        private readonly Action _progress;

        public WatchedContent(HttpContent content, Action progress)
        {
            (_content, _progress) = (content, progress);
            foreach (var header in content.Headers) Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var source = await _content.ReadAsStreamAsync(cancellationToken);
            var piece = new byte[PieceBytes];
            while (await source.ReadAsync(piece, cancellationToken) is var count and > 0)
            {
                await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                _progress();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Headers.ContentLength ?? 0;
            return Headers.ContentLength is not null;
        }
    }
}
