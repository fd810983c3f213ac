using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The memory of all series of a head: their hot and cold halves, chunks and locks.</summary>
/// <remarks>
/// A series is an index into both slabs. Its samples and chunks belong to its stripe's lock: 64 neighbours share a stripe, so a
/// request that comes in the order of creation takes few locks. Slots are taken and freed under the index lock.
/// </remarks>
internal sealed class SeriesStore : IDisposable
{
    /// <summary>Neighbours that share a stripe and a mark for unwritten chunks.</summary>
    public const int GroupShift = 6;
    private const int StripesCount = 1024; // A power of two, many times the threads that append at once.
    private const uint SeriesMax = 1u << 27; // 134 million series: 8 GiB of address space for their hot half.
    private const uint BlocksMax = 1u << 30; // 64 GiB of open chunks.

    private readonly NativeSlab<byte> _unwritten = new((SeriesMax >> GroupShift) + 1);
    private readonly Lock[] _stripes = new Lock[StripesCount];

    /// <summary>Creates an empty store.</summary>
    public SeriesStore(long chunkRangeMs)
    {
        for (var i = 0; i < StripesCount; i++) _stripes[i] = new Lock();
        Open = new OpenChunk(Blocks, chunkRangeMs);
    }

    /// <summary>What an append touches.</summary>
    public NativeSlab<MemSeries> Hot { get; } = new(SeriesMax);

    /// <summary>The rest.</summary>
    public NativeSlab<ColdSeries> Cold { get; } = new(SeriesMax);

    /// <summary>Bytes of open and unwritten chunks.</summary>
    public ChunkBlocks Blocks { get; } = new(BlocksMax);

    /// <summary>Complete chunks.</summary>
    public FullChunks Full { get; } = new(SeriesMax);

    /// <summary>The open chunk's codec.</summary>
    public OpenChunk Open { get; }

    /// <summary>What series of native histograms have besides.</summary>
    public HistogramStore Histograms { get; } = new(SeriesMax);

    /// <summary>Groups of series that exist.</summary>
    public uint GroupsCount => _unwritten.End;

    /// <summary>The lock of a series' samples and chunks.</summary>
    public Lock StripeOf(uint index) => _stripes[(index >> GroupShift) & (StripesCount - 1)];

    /// <summary>Takes a slot for a new series. Needs the index lock.</summary>
    public uint Take(in KeyHash key, ulong reference)
    {
        var index = Hot.Take();
        if (index >= Cold.End) Cold.Extend(1);
        if (index >> GroupShift >= _unwritten.End) _unwritten.Extend(1);
        ref var hot = ref Hot[index];
        hot.LastTimestampMs = long.MinValue;
        hot.Leading = MemSeries.NoWindow;
        hot.Key = key;
        ref var cold = ref Cold[index];
        cold = default;
        cold.NewestChunk = FullChunks.None;
        Volatile.Write(ref cold.Ref, reference);
        return index;
    }

    /// <summary>Frees the slot of a series without chunks. Needs the index lock.</summary>
    public void Free(uint index)
    {
        Hot[index] = default;
        Hot.Free(index);
        Histograms.Forget(index);
    }

    /// <summary>Appends one sample in order. Needs the stripe lock.</summary>
    /// <returns>True when a chunk was started.</returns>
    public bool Append(uint index, ref MemSeries series, long t, ulong valueBits)
    {
        var cut = series.HasChunk && OpenChunk.MustCut(ref series, t);
        if (cut) Complete(index, ref series);
        if (series.HasChunk)
        {
            Open.Add(ref series, t, valueBits);
        }
        else
        {
            // Only here, off the way of a steady series of floats, can the newest sample be a histogram.
            if (series.Flags != SeriesFlags.None)
            {
                if (valueBits == StaleMarker.Bits) return AppendStale(index, ref series, t);
                LeaveHistograms(index, ref series);
            }
            Open.Begin(ref series, ref Cold[index], t, valueBits);
            cut = true;
        }
        series.LastTimestampMs = t;
        series.LastValueBits = valueBits;
        return cut;
    }

    /// <summary>Appends one native histogram in order. Needs the stripe lock.</summary>
    /// <returns>True when a chunk was started.</returns>
    public bool Append(uint index, ref MemSeries series, long t, HistogramSample sample)
    {
        var open = Histograms.Of(index);
        if (series.HasChunk) Complete(index, ref series);
        var chunk = open.Chunk;
        // The bytes of a chunk that ends are kept elsewhere, so the next one may have its arrays.
        if (chunk is not null && open.MustCut(ref series, t, sample.IsFloat, Open.RangeEnd(series.ChunkMinTimeMs)))
        {
            Keep(index, ref series, chunk);
            open.IsPlanned = false;
            var after = HistogramChunk.HeaderAfter(chunk, sample);
            chunk = HistogramChunk.BeginInPlaceOf(chunk, t, sample, after, Histograms.Layouts);
        }
        else if (chunk is null)
        {
            var after = HistogramChunk.HeaderAfter(null, sample);
            chunk = HistogramChunk.BeginInPlaceOf(null, t, sample, after, Histograms.Layouts);
        }
        else if (chunk.Append(t, sample, out var header) == HistogramAppend.NewChunk)
        {
            Keep(index, ref series, chunk);
            chunk = HistogramChunk.BeginInPlaceOf(chunk, t, sample, header, Histograms.Layouts);
        }
        var isNew = chunk.SampleCount == 1;
        if (isNew)
        {
            series.ChunkMinTimeMs = t;
            series.NextChunkAtMs = Open.RangeEnd(t);
        }
        series.Flags = SeriesFlags.LastIsHistogram | SeriesFlags.HasHistogramChunk;
        series.LastTimestampMs = t;
        open.Appended(chunk, sample);
        Histograms.Recount(open);
        return isNew;
    }

    /// <summary>First and last time of what a series holds, visible or not; the first is above the last when it holds nothing.
    /// Needs the stripe lock.</summary>
    public (long MinTimeMs, long MaxTimeMs) TimesOf(uint index)
    {
        ref var hot = ref Hot[index];
        var (first, last) = hot.HasAnyChunk ? (hot.ChunkMinTimeMs, hot.LastTimestampMs) : (long.MaxValue, long.MinValue);
        for (var at = Cold[index].NewestChunk; at != FullChunks.None; at = Full[at].Older)
            (first, last) = (Math.Min(first, Full[at].MinTimeMs), Math.Max(last, Full[at].MaxTimeMs));
        return (first, last);
    }

    /// <summary>Turns the open chunk, if there is one, into a complete one that is still in memory. Needs the stripe
    /// lock.</summary>
    public void CompleteOpen(uint index, ref MemSeries series)
    {
        if (series.HasChunk) Complete(index, ref series);
        else if (series.HasAnyChunk) Complete(index, ref series, Histograms.Of(index));
    }

    /// <summary>Adds a complete chunk to a series, in memory. Needs the stripe lock.</summary>
    /// <param name="index">The series.</param>
    /// <param name="newer">The chunk that follows it in time, or <see cref="FullChunks.None"/>.</param>
    /// <param name="minTimeMs">Its first sample, Unix milliseconds.</param>
    /// <param name="maxTimeMs">Its last sample, inclusive.</param>
    /// <param name="encoding">One that is read as it is.</param>
    /// <param name="bytes">At most 65535; copied.</param>
    public void InsertFull(uint index, uint newer, long minTimeMs, long maxTimeMs, ChunkEncoding encoding,
        ReadOnlySpan<byte> bytes)
    {
        ref var cold = ref Cold[index];
        var at = Full.Take();
        ref var chunk = ref Full[at];
        (chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding) = (minTimeMs, maxTimeMs, encoding);
        chunk.SampleCount = (ushort)LaterEncodings.SampleCount(bytes, encoding);
        if (encoding == ChunkEncoding.Xor)
        {
            (chunk.FirstBlock, chunk.Blocks) = Blocks.Store(bytes);
            chunk.LengthBytes = (ushort)bytes.Length;
        }
        else
        {
            Histograms.Keep(at, ref chunk, bytes);
        }
        ref var link = ref cold.NewestChunk;
        if (newer != FullChunks.None) link = ref Full[newer].Older;
        chunk.Older = link;
        link = at;
        cold.UnwrittenChunks++;
        MarkUnwritten(index);
    }

    /// <summary>Drops the open chunk. Needs the stripe lock.</summary>
    public void DropOpen(uint index, ref MemSeries series)
    {
        if (series.HasChunk) Blocks.Free(Cold[index].FirstBlock, series.Tail.Blocks);
        else DropOpenHistograms(Histograms.Of(index));
        series.Flags &= ~SeriesFlags.HasHistogramChunk;
        series.Tail = default;
    }

    /// <summary>Appends the bytes of a complete chunk that is in memory to a buffer. Needs the stripe lock.</summary>
    /// <returns>How many.</returns>
    public int CopyFull(uint chunk, ByteBuffer to)
    {
        ref var full = ref Full[chunk];
        if (full.Encoding != ChunkEncoding.Xor)
        {
            var bytes = Histograms.BytesOf(chunk, in full);
            to.Write(bytes);
            return bytes.Length;
        }
        Blocks.CopyTo(full.FirstBlock, to.GetSpan(full.LengthBytes)[..full.LengthBytes]);
        to.Advance(full.LengthBytes);
        return full.LengthBytes;
    }

    /// <summary>Frees the bytes of a complete chunk that is in memory. Needs the stripe lock.</summary>
    public void FreeBytes(uint chunk)
    {
        ref var full = ref Full[chunk];
        if (full.Encoding == ChunkEncoding.Xor) Blocks.Free(full.FirstBlock, full.Blocks);
        else Histograms.FreeBytes(chunk, in full);
    }

    /// <summary>A float's stale marker after a histogram means the histograms: it becomes one of theirs.</summary>
    private bool AppendStale(uint index, ref MemSeries series, long t)
    {
        var marker = new HistogramSample();
        marker.SetStale(Histograms.Of(index).IsFloat);
        return Append(index, ref series, t, marker);
    }

    private void LeaveHistograms(uint index, ref MemSeries series)
    {
        var open = Histograms.Of(index);
        if (open.Chunk is not null) Complete(index, ref series, open);
        Histograms.Forget(index);
        series.Flags = SeriesFlags.None;
    }

    /// <summary>Series with an open chunk. Walks the series.</summary>
    public int CountOpen()
    {
        var count = 0;
        for (var index = 0u; index < Cold.End; index++)
        {
            if (Volatile.Read(ref Cold[index].Ref) != 0 && Hot[index].HasAnyChunk) count++;
        }
        return count;
    }

    /// <summary>Series whose newest sample is a stale marker, at about this moment.</summary>
    public int CountStale()
    {
        var count = 0;
        for (var index = 0u; index < Cold.End; index++)
        {
            if (Volatile.Read(ref Cold[index].Ref) == 0) continue;
            ref readonly var series = ref Hot[index];
            if ((series.Flags & SeriesFlags.LastIsHistogram) == 0)
            {
                if (series.LastValueBits == StaleMarker.Bits) count++;
                continue;
            }
            lock (StripeOf(index))
            {
                if (Histograms.Of(index).IsStale) count++;
            }
        }
        return count;
    }

    /// <summary>Turns the open chunk into a complete one, still in memory. Needs the stripe lock.</summary>
    private void Complete(uint index, ref MemSeries series)
    {
        ref var cold = ref Cold[index];
        ref var chunk = ref Full[Link(index, in series, ChunkEncoding.Xor)];
        chunk.FirstBlock = cold.FirstBlock;
        chunk.LengthBytes = (ushort)series.Tail.LengthBytes;
        chunk.Blocks = series.Tail.Blocks;
        chunk.SampleCount = series.SampleCount;
        Blocks.SetCount(cold.FirstBlock, series.SampleCount);
        series.Tail = default;
    }

    private void Complete(uint index, ref MemSeries series, OpenHistograms open)
    {
        Keep(index, ref series, open.Chunk!);
        DropOpenHistograms(open);
        series.Flags &= ~SeriesFlags.HasHistogramChunk;
    }

    private void DropOpenHistograms(OpenHistograms open)
    {
        open.DropChunk();
        Histograms.Recount(open);
    }

    /// <summary>Copies an open chunk of histograms to where it waits for its file.</summary>
    private void Keep(uint index, ref MemSeries series, HistogramChunk chunk)
    {
        var at = Link(index, in series, chunk.Encoding);
        Full[at].SampleCount = (ushort)chunk.SampleCount;
        Histograms.Keep(at, ref Full[at], chunk.Bytes);
    }

    /// <summary>Adds a complete chunk with the times of the open one to the front of a series' list.</summary>
    private uint Link(uint index, in MemSeries series, ChunkEncoding encoding)
    {
        ref var cold = ref Cold[index];
        var at = Full.Take();
        ref var chunk = ref Full[at];
        chunk.Older = cold.NewestChunk;
        chunk.MinTimeMs = series.ChunkMinTimeMs;
        chunk.MaxTimeMs = series.LastTimestampMs;
        chunk.Encoding = encoding;
        cold.NewestChunk = at;
        cold.UnwrittenChunks++;
        _unwritten[index >> GroupShift] = 1;
        return at;
    }

    /// <summary>Whether a group has unwritten chunks; clears the mark.</summary>
    public bool TakeUnwritten(uint group)
    {
        if (_unwritten[group] == 0) return false;
        _unwritten[group] = 0;
        return true;
    }

    /// <summary>Marks a series' group again, when its chunks could not be written.</summary>
    public void MarkUnwritten(uint index) => _unwritten[index >> GroupShift] = 1;

    /// <summary>Series indexes of a group.</summary>
    public (uint First, uint End) GroupRange(uint group) => (group << GroupShift, Math.Min((group + 1) << GroupShift, Hot.End));

    /// <inheritdoc/>
    public void Dispose()
    {
        Hot.Dispose();
        Cold.Dispose();
        Full.Dispose();
        Blocks.Dispose();
        _unwritten.Dispose();
        Histograms.Dispose();
    }
}
