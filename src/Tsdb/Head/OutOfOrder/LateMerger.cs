using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Turns the out-of-order chunks of one series into those of a block: ascending, not overlapping.</summary>
/// <remarks>A chunk that overlaps no other keeps its bytes; the others are decoded, merged and encoded again.</remarks>
internal sealed class LateMerger
{
    private readonly SampleChain _chain = new();
    private readonly List<ChunkSample[]> _decoded = [];
    private readonly List<ChunkSample> _samples = [];

    /// <summary>Merges chunks.</summary>
    /// <param name="chunks">Ascending by first time.</param>
    /// <param name="minTimeMs">Samples of merged chunks before this are left out.</param>
    /// <param name="maxTimeMs">And those after this.</param>
    /// <param name="into">Gets the merged chunks; chunks made have bytes of their own.</param>
    /// <exception cref="InvalidDataException">A chunk is malformed.</exception>
    public void Merge(List<ChunkView> chunks, long minTimeMs, long maxTimeMs, List<ChunkView> into)
    {
        for (var start = 0; start < chunks.Count;)
        {
            var max = chunks[start].MaxTimeMs;
            var end = start + 1;
            for (; end < chunks.Count && chunks[end].MinTimeMs <= max; end++) max = Math.Max(max, chunks[end].MaxTimeMs);
            if (end == start + 1) into.Add(chunks[start]);
            else MergeOverlapping(CollectionsMarshal.AsSpan(chunks)[start..end], minTimeMs, maxTimeMs, into);
            start = end;
        }
    }

    private void MergeOverlapping(ReadOnlySpan<ChunkView> chunks, long minTimeMs, long maxTimeMs, List<ChunkView> into)
    {
        _decoded.Clear();
        _samples.Clear();
        foreach (ref readonly var chunk in chunks) _decoded.Add(ChunkSamples.Decode(in chunk));
        _chain.Merge(_decoded, _samples);
        _samples.RemoveAll(sample => sample.TimestampMs < minTimeMs || sample.TimestampMs > maxTimeMs);
        LateEncoder.Encode(CollectionsMarshal.AsSpan(_samples), isSplit: true, into);
    }
}
