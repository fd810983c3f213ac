using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Turns chunks of one series from several places into ascending chunks that do not overlap.</summary>
/// <remarks>
/// Chunks that overlap nothing keep their bytes. Copies of a chunk are dropped. Chunks that overlap are decoded, merged
/// sample by sample and encoded again. One owner, one thread.
/// </remarks>
internal sealed class ChunkMerger
{
    private readonly List<(ChunkView Chunk, int Reader, int Order)> _input = [];
    private readonly List<(ChunkView Chunk, int Reader, int Group)> _sorted = [];
    private readonly List<ChunkSample[]> _decoded = [];
    private readonly List<ChunkSample> _samples = [];
    private readonly SampleChain _chain = new();
    private readonly SeriesChain _readers = new();

    /// <summary>Replaces a list of chunks by the merged ones.</summary>
    /// <param name="chunks">In any order; of two that begin at the same time the first one counts as first.</param>
    /// <param name="readers">Which of several places each chunk comes from, counted from 0. Absent: every chunk is read on its
    /// own (the parts of a head).</param>
    /// <exception cref="InvalidDataException">A chunk that had to be decoded is malformed.</exception>
    public void Merge(List<ChunkView> chunks, IReadOnlyList<int>? readers = null)
    {
        Sort(chunks, readers);
        chunks.Clear();
        if (!Group())
        {
            foreach (var (chunk, _, _) in _sorted) chunks.Add(chunk);
            return;
        }
        if (readers is null) MergeGroups(chunks);
        else _readers.Merge(CollectionsMarshal.AsSpan(_sorted), chunks);
    }

    /// <summary>Sorts by first time, stable, and leaves copies out.</summary>
    private void Sort(List<ChunkView> chunks, IReadOnlyList<int>? readers)
    {
        _input.Clear();
        for (var i = 0; i < chunks.Count; i++) _input.Add((chunks[i], readers is null ? i : readers[i], i));
        _input.Sort(static (a, b) =>
        {
            var order = a.Chunk.MinTimeMs.CompareTo(b.Chunk.MinTimeMs);
            return order != 0 ? order : a.Order.CompareTo(b.Order);
        });
        _sorted.Clear();
        foreach (var (chunk, reader, _) in _input)
        {
            if (!IsCopy(in chunk)) _sorted.Add((chunk, reader, -1));
        }
    }

    private bool IsCopy(in ChunkView chunk)
    {
        for (var i = _sorted.Count - 1; i >= 0 && _sorted[i].Chunk.MinTimeMs == chunk.MinTimeMs; i--)
        {
            var other = _sorted[i].Chunk;
            if (other.MaxTimeMs == chunk.MaxTimeMs && other.Encoding == chunk.Encoding
                && other.Data.Span.SequenceEqual(chunk.Data.Span)) return true;
        }
        return false;
    }

    /// <summary>Numbers the groups of chunks that overlap; false when there is none.</summary>
    private bool Group()
    {
        var groups = 0;
        for (var start = 0; start < _sorted.Count;)
        {
            var max = _sorted[start].Chunk.MaxTimeMs;
            var end = start + 1;
            for (; end < _sorted.Count && _sorted[end].Chunk.MinTimeMs <= max; end++)
                max = Math.Max(max, _sorted[end].Chunk.MaxTimeMs);
            for (var i = start; i < end && end > start + 1; i++) _sorted[i] = _sorted[i] with { Group = groups };
            if (end > start + 1) groups++;
            start = end;
        }
        return groups > 0;
    }

    private void MergeGroups(List<ChunkView> into)
    {
        for (var start = 0; start < _sorted.Count;)
        {
            var group = _sorted[start].Group;
            var end = start + 1;
            while (group >= 0 && end < _sorted.Count && _sorted[end].Group == group) end++;
            if (group < 0) into.Add(_sorted[start].Chunk);
            else MergeOverlapping(start, end, into);
            start = end;
        }
    }

    private void MergeOverlapping(int start, int end, List<ChunkView> into)
    {
        _decoded.Clear();
        _samples.Clear();
        for (var i = start; i < end; i++) _decoded.Add(ChunkSamples.Decode(_sorted[i].Chunk));
        _chain.Merge(_decoded, _samples);
        SampleEncoder.Encode(CollectionsMarshal.AsSpan(_samples), into);
    }
}
