using Tsdb.Blocks;
using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Takes deleted samples out of chunks.</summary>
internal static class DeletionFilter
{
    /// <summary>Whether one deleted range covers a whole chunk.</summary>
    public static bool Covers(IReadOnlyList<DeletedRange> deleted, long minTimeMs, long maxTimeMs)
    {
        for (var i = 0; i < deleted.Count; i++)
        {
            if (deleted[i].MinTimeMs <= minTimeMs && maxTimeMs <= deleted[i].MaxTimeMs) return true;
        }
        return false;
    }

    /// <summary>The chunk without its deleted samples: itself when none is deleted, otherwise encoded again.</summary>
    /// <returns>False when no sample is left.</returns>
    /// <exception cref="InvalidDataException">The chunk is malformed.</exception>
    public static bool TryFilter(in ChunkView chunk, IReadOnlyList<DeletedRange> deleted, out ChunkView kept)
    {
        kept = chunk;
        if (!Overlaps(deleted, chunk.MinTimeMs, chunk.MaxTimeMs)) return true;
        return chunk.Encoding == ChunkEncoding.Xor
            ? FilterFloats(in chunk, deleted, out kept) : FilterHistograms(in chunk, deleted, out kept);
    }

    /// <summary>Samples keep the chunk's layout, so what is left always goes into one chunk.</summary>
    private static bool FilterHistograms(in ChunkView chunk, IReadOnlyList<DeletedRange> deleted, out ChunkView kept)
    {
        var samples = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        HistogramChunk? filtered = null;
        long first = 0, last = 0;
        var next = 0;
        while (samples.MoveNext())
        {
            while (next < deleted.Count && deleted[next].MaxTimeMs < samples.TimestampMs) next++;
            if (next < deleted.Count && deleted[next].MinTimeMs <= samples.TimestampMs) continue;
            last = samples.TimestampMs;
            if (filtered is null) (first, filtered) = (last, HistogramChunk.Begin(last, samples.Current, previous: null));
            else if (filtered.AppendOnly(last, samples.Current) is { } refusal)
                throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs}: {refusal}");
        }
        if (samples.IsFailed) throw new InvalidDataException($"CORRUPT: histogram chunk at {chunk.MinTimeMs} ends early");
        kept = new ChunkView(first, last, chunk.Encoding, filtered is null ? default : filtered.Bytes.ToArray());
        return filtered is not null;
    }

    private static bool FilterFloats(in ChunkView chunk, IReadOnlyList<DeletedRange> deleted, out ChunkView kept)
    {
        var samples = new XorChunkIterator(chunk.Data.Span);
        var state = default(XorAppendState);
        // A hole makes the next times' deltas larger, so a filtered chunk may even need more bytes than the whole one.
        var room = new byte[XorChunk.HeaderBytes + (samples.SampleCount * XorChunk.SampleSizeMaxBytes)];
        var first = 0L;
        var next = 0; // Ranges and samples both ascend.
        while (samples.MoveNext())
        {
            while (next < deleted.Count && deleted[next].MaxTimeMs < samples.TimestampMs) next++;
            if (next < deleted.Count && deleted[next].MinTimeMs <= samples.TimestampMs) continue;
            if (state.SampleCount == 0) first = samples.TimestampMs;
            XorChunk.TryAppend(ref state, room, samples.TimestampMs, samples.ValueBits);
        }
        if (samples.IsFailed) throw new InvalidDataException($"CORRUPT: XOR chunk at {chunk.MinTimeMs}: it ends early");
        kept = new ChunkView(first, state.LastTimestampMs, ChunkEncoding.Xor, room.AsMemory(0, state.LengthBytes));
        return state.SampleCount > 0;
    }

    private static bool Overlaps(IReadOnlyList<DeletedRange> deleted, long minTimeMs, long maxTimeMs)
    {
        for (var i = 0; i < deleted.Count; i++)
        {
            if (deleted[i].MinTimeMs <= maxTimeMs && minTimeMs <= deleted[i].MaxTimeMs) return true;
        }
        return false;
    }
}
