using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Turns chunks of one series from several places into ascending chunks that do not overlap.</summary>
/// <remarks>
/// Chunks that overlap nothing keep their bytes. Copies of a chunk are dropped. Chunks that overlap are decoded, merged
/// sample by sample and encoded again. One owner, one thread; the chunks made are valid until the next call.
/// </remarks>
internal sealed class ChunkMerger
{
    // What upstream's queriers put into a chunk they encode again; also what Prometheus aims at in the head.
    private const int SamplesPerChunkMax = 120;

    private const int ChunkSizeMaxBytes = XorChunk.HeaderBytes + (SamplesPerChunkMax * XorChunk.SampleSizeMaxBytes);

    private readonly List<ChunkView> _sorted = [];
    private readonly List<byte[]> _buffers = [];
    private readonly SampleRun _samples = new();
    private int _buffersUsed;

    /// <summary>Replaces a list of chunks in any order by the merged ones.</summary>
    /// <exception cref="InvalidDataException">A chunk that had to be decoded is malformed.</exception>
    public void Merge(List<ChunkView> chunks)
    {
        _buffersUsed = 0;
        _sorted.Clear();
        _sorted.AddRange(chunks);
        _sorted.Sort(static (a, b) =>
        {
            var order = a.MinTimeMs.CompareTo(b.MinTimeMs);
            return order != 0 ? order : a.MaxTimeMs.CompareTo(b.MaxTimeMs);
        });
        DropCopies(_sorted);
        chunks.Clear();
        for (var start = 0; start < _sorted.Count;)
        {
            var max = _sorted[start].MaxTimeMs;
            var isFloat = _sorted[start].Encoding == ChunkEncoding.Xor;
            var end = start + 1;
            for (; end < _sorted.Count && _sorted[end].MinTimeMs <= max; end++)
            {
                max = Math.Max(max, _sorted[end].MaxTimeMs);
                isFloat &= _sorted[end].Encoding == ChunkEncoding.Xor;
            }
            if (end == start + 1) chunks.Add(_sorted[start]);
            else if (isFloat) MergeFloats(start, end, chunks);
            else HistogramOverlaps.Merge(_sorted, start, end, chunks);
            start = end;
        }
    }

    private static void DropCopies(List<ChunkView> sorted)
    {
        var kept = 0;
        for (var i = 0; i < sorted.Count; i++)
        {
            if (kept > 0 && IsCopy(sorted[kept - 1], sorted[i])) continue;
            sorted[kept++] = sorted[i];
        }
        sorted.RemoveRange(kept, sorted.Count - kept);
    }

    private static bool IsCopy(in ChunkView left, in ChunkView right) =>
        left.MinTimeMs == right.MinTimeMs && left.MaxTimeMs == right.MaxTimeMs && left.Encoding == right.Encoding
        && left.Data.Span.SequenceEqual(right.Data.Span);

    private void MergeFloats(int start, int end, List<ChunkView> into)
    {
        _samples.Clear();
        for (var i = start; i < end; i++)
        {
            if (!_samples.TryMerge(_sorted[i].Data.Span))
                throw new InvalidDataException($"CORRUPT: XOR chunk at {_sorted[i].MinTimeMs}: it ends early");
        }
        for (var at = 0; at < _samples.Count; at += SamplesPerChunkMax)
            into.Add(Encode(at, Math.Min(at + SamplesPerChunkMax, _samples.Count)));
    }

    private ChunkView Encode(int start, int end)
    {
        if (_buffersUsed == _buffers.Count) _buffers.Add(new byte[ChunkSizeMaxBytes]);
        var buffer = _buffers[_buffersUsed++];
        var state = default(XorAppendState);
        for (var i = start; i < end; i++) XorChunk.TryAppend(ref state, buffer, _samples.TimestampMs(i), _samples.ValueBits(i));
        var data = buffer.AsMemory(0, state.LengthBytes);
        return new ChunkView(_samples.TimestampMs(start), state.LastTimestampMs, ChunkEncoding.Xor, data);
    }
}
