using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Merges the samples of overlapping chunks, one for each time, choosing among equal times as upstream's reader
/// does.</summary>
/// <remarks>
/// One chunk is being read until its next sample is not older than the oldest of the others; then the oldest takes over. So of
/// two samples of one time the one of the chunk that is not being read wins.
/// </remarks>
internal sealed class SampleChain
{
    private readonly BinaryHeap<(ChunkSample[] Samples, int At)> _heap = new(static (a, b) => TimeOf(a) < TimeOf(b));

    /// <summary>Appends the merged samples to a list.</summary>
    /// <param name="chunks">Each ascending in time; in the order in which a reader opens them.</param>
    /// <param name="into">Gets them.</param>
    public void Merge(IReadOnlyList<ChunkSample[]> chunks, List<ChunkSample> into)
    {
        _heap.Clear();
        for (var i = 1; i < chunks.Count; i++)
        {
            if (chunks[i].Length > 0) _heap.Push((chunks[i], 0));
        }
        var current = (Samples: chunks[0], At: -1);
        var last = long.MinValue;
        while (TryStep(ref current, last))
        {
            into.Add(current.Samples[current.At]);
            last = current.Samples[current.At].TimestampMs;
        }
    }

    /// <summary>Steps to the next sample later than the last one; false at the end of all.</summary>
    private bool TryStep(ref (ChunkSample[] Samples, int At) current, long last)
    {
        while (true)
        {
            current.At++;
            if (current.At < current.Samples.Length)
            {
                var t = current.Samples[current.At].TimestampMs;
                if (t == last) continue;
                if (_heap.Count == 0 || t < TimeOf(_heap.First)) return true;
                _heap.Push(current);
            }
            else if (_heap.Count == 0)
            {
                return false;
            }
            current = _heap.Pop();
            if (current.Samples[current.At].TimestampMs != last) return true;
        }
    }

    private static long TimeOf((ChunkSample[] Samples, int At) chunk) => chunk.Samples[chunk.At].TimestampMs;
}
