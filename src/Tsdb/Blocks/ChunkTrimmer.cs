using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>Cuts chunks to a time range; a chunk inside it is passed through as it is.</summary>
/// <remarks>One owner, one thread. A re-encoded chunk is valid until the next call.</remarks>
internal sealed class ChunkTrimmer(long minTimeMs, long maxTimeMs) : IDisposable
{
    private readonly ByteBuffer _buffer = new();
    private readonly HistogramSample _histogram = new();

    /// <summary>Keeps the samples of a chunk whose time is in the range, both ends included.</summary>
    /// <returns>False when none is.</returns>
    /// <exception cref="InvalidDataException">The chunk is malformed.</exception>
    public bool TryTrim(in ChunkView chunk, out ChunkView kept)
    {
        kept = chunk;
        if (chunk.MaxTimeMs < minTimeMs || chunk.MinTimeMs > maxTimeMs) return false;
        if (chunk.MinTimeMs >= minTimeMs && chunk.MaxTimeMs <= maxTimeMs) return true;
        return chunk.Encoding switch
        {
            ChunkEncoding.Xor => TrimFloats(chunk.Data.Span, out kept),
            ChunkEncoding.Histogram or ChunkEncoding.FloatHistogram => TrimHistograms(in chunk, out kept),
            _ => throw new InvalidDataException($"CORRUPT: invalid chunk encoding {(byte)chunk.Encoding}"),
        };
    }

    public void Dispose() => _buffer.Dispose();

    private bool TrimFloats(ReadOnlySpan<byte> data, out ChunkView kept)
    {
        var samples = new XorChunkIterator(data);
        var state = default(XorAppendState);
        _buffer.Clear();
        // Fewer samples never need more bytes than all of them, but for the first two that are now stored whole.
        var room = _buffer.GetSpan(data.Length + (2 * XorChunk.SampleSizeMaxBytes));
        long first = 0;
        while (samples.MoveNext())
        {
            if (samples.TimestampMs < minTimeMs) continue;
            if (samples.TimestampMs > maxTimeMs) break;
            if (state.SampleCount == 0) first = samples.TimestampMs;
            while (!XorChunk.TryAppend(ref state, room, samples.TimestampMs, samples.ValueBits)) room = Grow(state.LengthBytes);
        }
        if (samples.IsFailed) throw new InvalidDataException("CORRUPT: XOR chunk ends early");
        var bytes = _buffer.GetMemory(state.LengthBytes)[..state.LengthBytes];
        kept = new ChunkView(first, state.LastTimestampMs, ChunkEncoding.Xor, bytes);
        return state.SampleCount > 0;
    }

    /// <summary>Samples keep the chunk's layout, so they always follow one another; the new beginning does not know what was
    /// before it, unless it is a gauge.</summary>
    private bool TrimHistograms(in ChunkView chunk, out ChunkView kept)
    {
        var samples = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, _histogram);
        HistogramChunk? trimmed = null;
        long first = 0, last = 0;
        while (samples.MoveNext())
        {
            if (samples.TimestampMs < minTimeMs) continue;
            if (samples.TimestampMs > maxTimeMs) break;
            last = samples.TimestampMs;
            if (trimmed is null)
            {
                first = last;
                trimmed = HistogramChunk.Begin(first, _histogram, previous: null);
            }
            else if (trimmed.AppendOnly(last, _histogram) is { } refusal)
            {
                throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs}: {refusal}");
            }
        }
        if (samples.IsFailed) throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs} ends early");
        _buffer.Clear();
        if (trimmed is not null) _buffer.Write(trimmed.Bytes);
        kept = new ChunkView(first, last, chunk.Encoding, _buffer.WrittenMemory);
        return trimmed is not null;
    }

    private Span<byte> Grow(int used)
    {
        var bytes = _buffer.GetSpan(used)[..used].ToArray();
        var room = _buffer.GetSpan(2 * (used + XorChunk.SampleSizeMaxBytes));
        bytes.CopyTo(room);
        return room;
    }
}
