using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>A body that was read, or why there is none.</summary>
/// <param name="Body">The decoded bytes with one reference; null when refused.</param>
/// <param name="Refusal">The answer when refused.</param>
public readonly record struct BodyResult(RequestBody? Body, WriteResult Refusal);

/// <summary>Reads a request's compressed body into pooled memory and decodes it into a second piece, both with a limit.</summary>
/// <remarks>The compressed bytes are given back before this returns. A declared length is believed only as far as the bytes can
/// bear it.</remarks>
public sealed class BodyReader(RemoteWriteOptions options, BodyBudget budget)
{
    private const int ChunkedFirstBytes = 64 << 10;

    private static readonly WriteResult TooLarge = new(WriteOutcome.TooLarge, "write request too large");
    private static readonly WriteResult Corrupt = WriteResult.Malformed("snappy decode error: s2: corrupt input");
    private static readonly WriteResult Busy = new(
        WriteOutcome.Unavailable, "too many bytes of write requests in memory", TimeSpan.FromSeconds(1));

    /// <summary>Reads and decodes the body of a request.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BodyResult> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        var announced = request.ContentLength ?? ChunkedFirstBytes;
        if (request.ContentLength > options.CompressedBytesMax) return new BodyResult(null, TooLarge);
        if (!budget.TryTake(announced)) return new BodyResult(null, Busy);
        var compressed = ArrayPool<byte>.Shared.Rent((int)announced);
        try
        {
            var length = 0;
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(stop);
                var segments = read.Buffer;
                var fits = segments.Length <= options.CompressedBytesMax - length;
                if (fits)
                {
                    Reserve(ref compressed, length, length + (int)segments.Length);
                    segments.CopyTo(compressed.AsSpan(length));
                    length += (int)segments.Length;
                }
                request.BodyReader.AdvanceTo(segments.End);
                if (!fits) return new BodyResult(null, TooLarge);
                if (read.IsCompleted) return Decode(compressed.AsSpan(0, length));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            return new BodyResult(null, new WriteResult(WriteOutcome.Failed, "read compressed request body: " + Describe(e)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
            budget.Return(announced);
        }
    }

    private BodyResult Decode(ReadOnlySpan<byte> compressed)
    {
        if (!Snappy.TryGetDecodedLength(compressed, out var length)) return new BodyResult(null, Corrupt);
        if (length > options.DecodedBytesMax) return new BodyResult(null, TooLarge);
        var body = RequestBody.TryRent(length, budget);
        if (body is null) return new BodyResult(null, Busy);
        if (Snappy.Decode(compressed, body.Memory.Span) == SnappyStatus.Ok) return new BodyResult(body, default);
        body.Release();
        return new BodyResult(null, Corrupt);
    }

    private static void Reserve(ref byte[] array, int used, int needed)
    {
        if (needed <= array.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        array = larger;
    }

    private static string Describe(Exception e) => e switch
    {
        OperationCanceledException => "context canceled",
        BadHttpRequestException or ConnectionResetException => "unexpected EOF",
        _ => e.Message,
    };
}
