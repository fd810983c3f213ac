using Tsdb.Blocks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>What one series has out of order: a list that fills, and the chunks that full lists became.</summary>
/// <remarks>Changed only under the writer's gate and the series' stripe lock, read under either.</remarks>
internal sealed class LateSeries
{
    /// <summary>The object itself, its list, its entry in the store's table.</summary>
    private const int FixedBytes = 200;

    private const int ChunkBytes = 40;

    private const int RangeBytes = 16;

    /// <summary>Samples not in a chunk yet.</summary>
    public LateList List { get; } = new();

    /// <summary>Chunks in files, in order of writing; their times may overlap.</summary>
    public List<LateChunk> Chunks { get; } = [];

    /// <summary>Newest chunk that the compaction at work, or done last, writes into blocks; 0 = none.</summary>
    /// <remarks>References of other series say nothing here: this series may have got a chunk, or begun, while the lists of
    /// others were being cut.</remarks>
    public ulong CompactedRef { get; set; }

    /// <summary>Whether nothing is out of order.</summary>
    public bool IsEmpty => List.Count == 0 && Chunks.Count == 0;

    /// <summary>Chunks, the list that is none yet included.</summary>
    public int ChunkCount => Chunks.Count + (List.Count > 0 ? 1 : 0);

    /// <summary>Reference of the newest chunk; 0 without any.</summary>
    public ulong NewestRef => Chunks.Count > 0 ? Chunks[^1].FileRef : 0;

    /// <summary>Lowest time; <see cref="long.MaxValue"/> without a sample.</summary>
    public long MinTimeMs
    {
        get
        {
            var min = List.Count > 0 ? List.Samples[0].TimestampMs : long.MaxValue;
            foreach (var chunk in Chunks) min = Math.Min(min, chunk.MinTimeMs);
            return min;
        }
    }

    /// <summary>Highest time; <see cref="long.MinValue"/> without a sample.</summary>
    public long MaxTimeMs
    {
        get
        {
            var max = List.Count > 0 ? List.Samples[^1].TimestampMs : long.MinValue;
            foreach (var chunk in Chunks) max = Math.Max(max, chunk.MaxTimeMs);
            return max;
        }
    }

    /// <summary>Deleted ranges of all chunks.</summary>
    public int DeletedCount { get; private set; }

    /// <summary>Bytes it takes, about.</summary>
    public long AllocatedBytes => FixedBytes + List.AllocatedBytes + ((long)Chunks.Capacity * ChunkBytes)
        + ((long)DeletedCount * RangeBytes);

    /// <summary>Whether a range, both ends included, touches the list or a chunk.</summary>
    public bool Overlaps(DeletedRange range)
    {
        if (List.Count > 0 && List.Samples[0].TimestampMs <= range.MaxTimeMs && range.MinTimeMs <= List.Samples[^1].TimestampMs)
            return true;
        foreach (var chunk in Chunks)
        {
            if (chunk.Overlaps(range)) return true;
        }
        return false;
    }

    /// <summary>Deletes a range from a chunk.</summary>
    /// <param name="at">Its place in <see cref="Chunks"/>.</param>
    /// <param name="range">First and last deleted time; what reaches beyond the chunk is cut off.</param>
    public void Delete(int at, DeletedRange range)
    {
        var chunk = Chunks[at];
        if (!chunk.Overlaps(range)) return;
        var inside = new DeletedRange(
            Math.Max(range.MinTimeMs, chunk.MinTimeMs), Math.Min(range.MaxTimeMs, chunk.MaxTimeMs));
        var deleted = DeletedRanges.Add(chunk.Deleted ?? [], inside);
        DeletedCount += deleted.Length - (chunk.Deleted?.Length ?? 0);
        Chunks[at] = chunk with { Deleted = deleted };
    }

    /// <summary>Removes the chunks that are in blocks.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveCompacted()
    {
        var removed = Chunks.RemoveAll(chunk => chunk.FileRef <= CompactedRef);
        Chunks.TrimExcess();
        DeletedCount = 0;
        foreach (var chunk in Chunks) DeletedCount += chunk.Deleted?.Length ?? 0;
        return removed;
    }
}
