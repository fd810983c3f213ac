using Tsdb.Chunks;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Head.OutOfOrder;

/// <summary>Reads what one series after the other has out of order.</summary>
/// <remarks>Its user holds a reader lease. Keeps a series' stripe lock for a copy of the list and of the references, no
/// longer.</remarks>
internal sealed class LateReader(TsdbHead head, HeadChunkFiles files) : IDisposable
{
    private readonly ByteBuffer _bytes = new();
    private readonly List<LateChunk> _found = [];
    private readonly List<(int Chunk, int Offset, int LengthBytes)> _read = [];
    private ChunkSample[] _list = [];

    /// <summary>Chunks of the series read last, ascending by first time, of equals the one that was written first; they may
    /// overlap. Valid until the next read.</summary>
    public List<ChunkView> Chunks { get; } = [];

    /// <summary>Whether a series has anything in a range; without reading it.</summary>
    public bool HasAny(uint index, long minTimeMs, long maxTimeMs)
    {
        Collect(index, minTimeMs, maxTimeMs, isCompaction: false);
        return _found.Count > 0 || _list.Length > 0;
    }

    /// <summary>Reads a series into <see cref="Chunks"/>.</summary>
    /// <param name="index">The series.</param>
    /// <param name="minTimeMs">Range start, inclusive.</param>
    /// <param name="maxTimeMs">Range end, inclusive.</param>
    /// <param name="isCompaction">Whether only the chunks that are being compacted count, not the others and the list.</param>
    /// <returns>Whether there is any chunk.</returns>
    /// <exception cref="InvalidDataException">A chunk is damaged.</exception>
    public bool Read(uint index, long minTimeMs, long maxTimeMs, bool isCompaction = false)
    {
        Chunks.Clear();
        Collect(index, minTimeMs, maxTimeMs, isCompaction);
        if (_found.Count == 0 && _list.Length == 0) return false;
        ReadFiles();
        LateEncoder.Encode(_list, isSplit: false, Chunks);
        Order(Chunks);
        return Chunks.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void Collect(uint index, long minTimeMs, long maxTimeMs, bool isCompaction)
    {
        _found.Clear();
        _list = [];
        if (head.Late.Find(index) is not { } series) return;
        lock (head.Series.StripeOf(index))
        {
            var newest = isCompaction ? series.CompactedRef : ulong.MaxValue;
            foreach (var chunk in series.Chunks)
            {
                if (chunk.FileRef <= newest && chunk.MaxTimeMs >= minTimeMs && chunk.MinTimeMs <= maxTimeMs) _found.Add(chunk);
            }
            var list = series.List.Samples;
            if (isCompaction || list.IsEmpty) return;
            if (list[^1].TimestampMs >= minTimeMs && list[0].TimestampMs <= maxTimeMs) _list = list.ToArray();
        }
    }

    private void ReadFiles()
    {
        _bytes.Clear();
        _read.Clear();
        for (var i = 0; i < _found.Count; i++)
        {
            var offset = _bytes.Length;
            if (files.TryRead(_found[i].FileRef, _bytes, out _)) _read.Add((i, offset, _bytes.Length - offset));
        }
        foreach (var (at, offset, length) in _read)
        {
            var chunk = _found[at];
            var bytes = _bytes.WrittenMemory.Slice(offset, length);
            var whole = new ChunkView(chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, bytes);
            if (chunk.Deleted is null) Chunks.Add(whole);
            else if (DeletionFilter.TryFilter(in whole, chunk.Deleted, out var kept)) Chunks.Add(kept);
        }
    }

    /// <summary>By first time, stable. Nearly always there are a few, nearly in order.</summary>
    private static void Order(List<ChunkView> chunks)
    {
        for (var i = 1; i < chunks.Count; i++)
        {
            var chunk = chunks[i];
            var at = i;
            for (; at > 0 && chunks[at - 1].MinTimeMs > chunk.MinTimeMs; at--) chunks[at] = chunks[at - 1];
            chunks[at] = chunk;
        }
    }
}
