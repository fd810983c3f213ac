namespace Tsdb.Head.OutOfOrder;

/// <summary>What one series has out of order: a list that fills, and the chunks that full lists became.</summary>
/// <remarks>Changed only under the writer's gate and the series' stripe lock, read under either.</remarks>
internal sealed class LateSeries
{
    /// <summary>The object itself, its list, its entry in the store's table.</summary>
    private const int FixedBytes = 200;

    private const int ChunkBytes = 32;

    /// <summary>Samples not in a chunk yet.</summary>
    public LateList List { get; } = new();

    /// <summary>Chunks in files, in order of writing; their times may overlap.</summary>
    public List<LateChunk> Chunks { get; } = [];

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

    /// <summary>Bytes it takes, about.</summary>
    public long AllocatedBytes => FixedBytes + List.AllocatedBytes + ((long)Chunks.Capacity * ChunkBytes);
}
