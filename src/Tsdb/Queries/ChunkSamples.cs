using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Decodes whole chunks.</summary>
internal static class ChunkSamples
{
    /// <summary>The samples of a chunk, ascending in time.</summary>
    /// <exception cref="InvalidDataException">The chunk is malformed.</exception>
    public static ChunkSample[] Decode(in ChunkView chunk)
    {
        var samples = new List<ChunkSample>(XorChunk.SampleCount(chunk.Data.Span));
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(chunk.Data.Span);
            while (floats.MoveNext()) samples.Add(new ChunkSample(floats.TimestampMs, floats.ValueBits, null));
            if (floats.IsFailed) throw new InvalidDataException($"CORRUPT: XOR chunk at {chunk.MinTimeMs}: it ends early");
            return [.. samples];
        }
        var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        while (histograms.MoveNext()) samples.Add(new ChunkSample(histograms.TimestampMs, 0, histograms.Current).Copy());
        if (histograms.IsFailed) throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs} ends early");
        return [.. samples];
    }
}
