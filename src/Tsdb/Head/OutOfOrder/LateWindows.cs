using Tsdb.Chunks;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Finds the aligned windows in which out-of-order chunks have samples, so that none is written in vain.</summary>
internal sealed class LateWindows(HeadChunkFiles files, long rangeMs) : IDisposable
{
    private readonly ByteBuffer _bytes = new();
    private readonly SortedSet<long> _starts = [];

    /// <summary>Starts of the windows, ascending, Unix milliseconds.</summary>
    public IReadOnlyCollection<long> Starts => _starts;

    /// <summary>Adds the windows of a chunk; one that spans more than two is looked into.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public void Add(in LateChunk chunk)
    {
        var (first, last) = (StartOf(chunk.MinTimeMs), StartOf(chunk.MaxTimeMs));
        _starts.Add(first);
        _starts.Add(last);
        if (last - first <= rangeMs) return;
        _bytes.Clear();
        if (!files.TryRead(chunk.FileRef, _bytes, out _)) return;
        var view = new ChunkView(chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, _bytes.WrittenMemory);
        foreach (var sample in ChunkSamples.Decode(view)) _starts.Add(StartOf(sample.TimestampMs));
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Rounded down, also before 1970.</summary>
    private long StartOf(long t) => t - (((t % rangeMs) + rangeMs) % rangeMs);
}
