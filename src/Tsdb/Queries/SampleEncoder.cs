using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Encodes merged samples as upstream's queriers do: a chunk ends when the kind changes, when a histogram does not fit,
/// and after 120 samples.</summary>
internal static class SampleEncoder
{
    private const int SamplesPerChunkMax = 120;

    /// <summary>Appends the chunks of some samples, ascending in time, to a list; each has bytes of its own.</summary>
    public static void Encode(ReadOnlySpan<ChunkSample> samples, List<ChunkView> into)
    {
        HistogramChunk? previous = null;
        while (!samples.IsEmpty)
        {
            var used = samples[0].Histogram is null ? EncodeFloats(samples, into)
                : EncodeHistograms(samples, ref previous, into);
            samples = samples[used..];
        }
    }

    /// <summary>Encodes the floats at the beginning; returns how many.</summary>
    private static int EncodeFloats(ReadOnlySpan<ChunkSample> run, List<ChunkView> into)
    {
        var room = new byte[XorChunk.HeaderBytes + (Math.Min(run.Length, SamplesPerChunkMax) * XorChunk.SampleSizeMaxBytes)];
        var state = default(XorAppendState);
        var count = 0;
        for (; count < run.Length && count < SamplesPerChunkMax && run[count].Histogram is null; count++)
            XorChunk.TryAppend(ref state, room, run[count].TimestampMs, run[count].ValueBits);
        into.Add(new ChunkView(
            run[0].TimestampMs, run[count - 1].TimestampMs, ChunkEncoding.Xor, room.AsMemory(0, state.LengthBytes)));
        return count;
    }

    /// <summary>Encodes the histograms of one chunk at the beginning; returns how many.</summary>
    private static int EncodeHistograms(ReadOnlySpan<ChunkSample> run, ref HistogramChunk? previous, List<ChunkView> into)
    {
        var chunk = HistogramChunk.Begin(run[0].TimestampMs, run[0].Histogram!, previous);
        var count = 1;
        for (; count < run.Length && count < SamplesPerChunkMax; count++)
        {
            if (run[count].Histogram is not { } next || next.IsFloat != chunk.IsFloat) break;
            if (chunk.Append(run[count].TimestampMs, next, out _) == HistogramAppend.NewChunk) break;
        }
        into.Add(new ChunkView(run[0].TimestampMs, run[count - 1].TimestampMs, chunk.Encoding, chunk.Bytes.ToArray()));
        previous = chunk;
        return count;
    }
}
