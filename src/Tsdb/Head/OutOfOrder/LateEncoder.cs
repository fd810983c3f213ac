using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Encodes ascending samples of one series: a chunk for each run of one kind, more when histograms do not follow one
/// another or a chunk becomes large.</summary>
/// <remarks>Rules: docs/formats/head.md, "Out of order".</remarks>
internal static class LateEncoder
{
    /// <summary>A float chunk of more bytes than this ends: 1024 less the longest sample.</summary>
    private const int FloatsFullBytes = 1024 - 19;

    /// <summary>A histogram chunk of more bytes than this ends once it has more than <see cref="HistogramsMin"/>.</summary>
    private const int HistogramsFullBytes = 1024;

    private const int HistogramsMin = 10;

    /// <summary>Appends the chunks of some samples to a list.</summary>
    /// <param name="samples">Ascending in time.</param>
    /// <param name="isSplit">Whether large chunks are split, as in blocks; a list becomes one chunk whatever its size.</param>
    /// <param name="into">Gets the chunks; each has bytes of its own.</param>
    public static void Encode(ReadOnlySpan<ChunkSample> samples, bool isSplit, List<ChunkView> into)
    {
        while (!samples.IsEmpty)
        {
            var used = samples[0].Histogram is null ? EncodeFloats(samples, isSplit, into)
                : EncodeHistograms(samples, isSplit, into);
            samples = samples[used..];
        }
    }

    private static int EncodeFloats(ReadOnlySpan<ChunkSample> samples, bool isSplit, List<ChunkView> into)
    {
        var run = 1;
        while (run < samples.Length && samples[run].Histogram is null) run++;
        var room = new byte[XorChunk.HeaderBytes + (Math.Min(run, XorChunk.SampleCountMax) * XorChunk.SampleSizeMaxBytes)];
        var state = default(XorAppendState);
        var used = 0;
        for (; used < run && used < XorChunk.SampleCountMax; used++)
        {
            if (isSplit && used > 0 && state.LengthBytes > FloatsFullBytes) break;
            XorChunk.TryAppend(ref state, room, samples[used].TimestampMs, samples[used].ValueBits);
        }
        var bytes = room.AsSpan(0, state.LengthBytes).ToArray();
        into.Add(new ChunkView(samples[0].TimestampMs, samples[used - 1].TimestampMs, ChunkEncoding.Xor, bytes));
        return used;
    }

    private static int EncodeHistograms(ReadOnlySpan<ChunkSample> samples, bool isSplit, List<ChunkView> into)
    {
        var (first, encoding) = (0, samples[0].Encoding);
        var chunk = HistogramChunk.Begin(samples[0].TimestampMs, samples[0].Histogram!, previous: null);
        var at = 1;
        for (; at < samples.Length && samples[at].Encoding == encoding; at++)
        {
            var (t, histogram) = (samples[at].TimestampMs, samples[at].Histogram!);
            if (isSplit && chunk.Bytes.Length > HistogramsFullBytes && chunk.SampleCount > HistogramsMin) break;
            if (chunk.Append(t, histogram, out var header) != HistogramAppend.NewChunk) continue;
            Add(samples[first..at], chunk, into);
            (first, chunk) = (at, HistogramChunk.Begin(t, histogram, header));
        }
        Add(samples[first..at], chunk, into);
        return at;
    }

    private static void Add(ReadOnlySpan<ChunkSample> samples, HistogramChunk chunk, List<ChunkView> into) => into.Add(
        new ChunkView(samples[0].TimestampMs, samples[^1].TimestampMs, chunk.Encoding, chunk.Bytes.ToArray()));
}
