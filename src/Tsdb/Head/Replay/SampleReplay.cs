using Tsdb.Chunks;
using Tsdb.Head.OutOfOrder;

namespace Tsdb.Head.Replay;

/// <summary>Appends samples of the log to their series, as far as the chunk files do not have them.</summary>
/// <remarks>
/// A series whose files were loaded begins "covered": samples inside the chunk at hand are stepped over at the price of two
/// comparisons. A sample that is newer than all before it and yet in none of the chunks, with newer ones behind, means that a
/// chunk
/// was lost between them; then the newer chunks are put aside and their samples are taken from the log as well. One thread, and
/// its
/// own share of the series.
/// </remarks>
internal sealed class SampleReplay(TsdbHead head, LateReplay late)
{
    /// <summary>How far ahead the state of a series is fetched.</summary>
    private const int PrefetchAhead = 12;

    /// <summary>How far ahead the line of its chunk is, which the state names.</summary>
    private const int ChunkPrefetchAhead = 6;

    private readonly SeriesStore _series = head.Series;
    private readonly List<DisplacedChunk> _displaced = [];
    private readonly List<uint> _chunks = [];
    private readonly HistogramSample _kind = new();

    /// <summary>Chunks put aside, unordered, with their series.</summary>
    public List<DisplacedChunk> Displaced => _displaced;

    /// <summary>Appends a batch in order.</summary>
    /// <returns>Chunks that were begun.</returns>
    public int Apply(ReplayBatch batch)
    {
        var items = batch.Items;
        var hot = _series.Hot;
        var blocks = _series.Blocks;
        long lowest = long.MaxValue, highest = long.MinValue;
        var cuts = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (i + PrefetchAhead < items.Length)
            {
                hot.Prefetch(items[i + PrefetchAhead].Index);
                blocks.Prefetch(hot[items[i + ChunkPrefetchAhead].Index].Tail.Block);
            }
            ref readonly var item = ref items[i];
            ref var state = ref hot[item.Index];
            var t = item.TimestampMs;
            if (t <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue)
            {
                // As upstream, samples that were not in order widen the bounds as well.
                if (!late.IsUsed || !Widens(batch, in item)) continue;
                lowest = Math.Min(lowest, t);
                highest = Math.Max(highest, t);
                continue;
            }
            if (item.Histogram == ReplayItem.Float)
            {
                if (state.SampleCount == MemSeries.Covered && IsCovered(item.Index, ref state, t)) continue;
                if (_series.Append(item.Index, ref state, t, item.ValueBits)) cuts++;
            }
            else
            {
                var sample = batch.HistogramAt(item.Histogram);
                // Other programs' logs are not trusted to hold what the append path would have accepted.
                if (HistogramValidity.Fault(sample) is not null) continue;
                if (state.SampleCount == MemSeries.Covered && IsCovered(item.Index, ref state, t)) continue;
                if (_series.Append(item.Index, ref state, t, sample)) cuts++;
            }
            lowest = Math.Min(lowest, t);
            highest = Math.Max(highest, t);
        }
        if (highest != long.MinValue) head.Times.Widen(lowest, highest);
        return cuts;
    }

    private bool Widens(ReplayBatch batch, in ReplayItem item) =>
        (item.Histogram == ReplayItem.Float || HistogramValidity.Fault(batch.HistogramAt(item.Histogram)) is null)
        && late.Widens(_series.Cold[item.Index].Ref, item.TimestampMs);

    /// <summary>Gives a series chunks of files: samples in them need not be appended.</summary>
    /// <param name="index">The series.</param>
    /// <param name="newest">Newest chunk, the others linked behind it.</param>
    /// <remarks>A series that was logged under several references gets those of each; where two overlap, the later one is put
    /// aside
    /// until it is known whether the log has its samples.</remarks>
    public void Attach(uint index, uint newest)
    {
        ref var state = ref _series.Hot[index];
        ref var cold = ref _series.Cold[index];
        _chunks.Clear();
        for (var at = newest; at != FullChunks.None; at = _series.Full[at].Older) _chunks.Add(at);
        head.Times.Widen(
            Math.Max(_series.Full[_chunks[^1]].MinTimeMs, head.Times.MinValidMs), _series.Full[newest].MaxTimeMs);
        if (state.HasAnyChunk && state.LastTimestampMs >= _series.Full[_chunks[^1]].MinTimeMs)
        {
            foreach (var chunk in _chunks) _displaced.Add(new DisplacedChunk(index, _series.Cold[index].Ref, chunk));
            return;
        }
        _series.CompleteOpen(index, ref state);
        if (cold.NewestChunk == FullChunks.None) cold.NewestChunk = newest;
        else Merge(index, ref cold);
        Cover(index, ref state);
    }

    /// <summary>A series gets another reference; what was put aside stays its own.</summary>
    public void Rename(uint index, ulong from, ulong to)
    {
        for (var i = 0; i < _displaced.Count; i++)
        {
            var chunk = _displaced[i];
            if (chunk.Index == index && chunk.Reference == from) _displaced[i] = chunk with { Reference = to };
        }
    }

    /// <summary>Links the chunks at hand and those that the series has, in the order of time.</summary>
    private void Merge(uint index, ref ColdSeries cold)
    {
        for (var at = cold.NewestChunk; at != FullChunks.None; at = _series.Full[at].Older) _chunks.Add(at);
        _chunks.Sort((a, b) => _series.Full[a].MinTimeMs.CompareTo(_series.Full[b].MinTimeMs));
        var newest = FullChunks.None;
        foreach (var chunk in _chunks)
        {
            if (newest != FullChunks.None && _series.Full[newest].MaxTimeMs >= _series.Full[chunk].MinTimeMs)
            {
                _displaced.Add(new DisplacedChunk(index, _series.Cold[index].Ref, chunk));
                continue;
            }
            _series.Full[chunk].Older = newest;
            newest = chunk;
        }
        cold.NewestChunk = newest;
    }

    /// <summary>Begins to step over what the series' complete chunks have.</summary>
    private void Cover(uint index, ref MemSeries state)
    {
        state.SampleCount = MemSeries.Covered;
        (state.ChunkMinTimeMs, state.NextChunkAtMs) = (0, -1);
        SetKind(index, ref state);
    }

    /// <summary>Whether a chunk in a file has a sample that is newer than those before; otherwise the series goes on from the
    /// log.</summary>
    private bool IsCovered(uint index, ref MemSeries state, long t)
    {
        if (t < state.ChunkMinTimeMs || t > state.NextChunkAtMs)
        {
            if (!TryFindChunk(index, ref state, t)) return false;
        }
        state.LastTimestampMs = t;
        return true;
    }

    private bool TryFindChunk(uint index, ref MemSeries state, long t)
    {
        ref var cold = ref _series.Cold[index];
        var found = FullChunks.None;
        for (var at = cold.NewestChunk; at != FullChunks.None && _series.Full[at].MaxTimeMs >= t; at = _series.Full[at].Older)
            found = at;
        if (found != FullChunks.None && _series.Full[found].MinTimeMs <= t)
        {
            (state.ChunkMinTimeMs, state.NextChunkAtMs) = (_series.Full[found].MinTimeMs, _series.Full[found].MaxTimeMs);
            return true;
        }
        while (cold.NewestChunk != FullChunks.None && _series.Full[cold.NewestChunk].MaxTimeMs >= t)
            DisplaceNewest(index, ref cold);
        state.SampleCount = 0;
        SetKind(index, ref state);
        return false;
    }

    /// <summary>Takes the kind of the newest chunk for that of the newest sample: a float's stale marker behind histograms must
    /// become one of theirs.</summary>
    private void SetKind(uint index, ref MemSeries state)
    {
        var newest = _series.Cold[index].NewestChunk;
        var encoding = newest == FullChunks.None ? ChunkEncoding.Xor : _series.Full[newest].Encoding;
        if (encoding != ChunkEncoding.Xor)
        {
            state.Flags = SeriesFlags.LastIsHistogram;
            _kind.IsFloat = encoding == ChunkEncoding.FloatHistogram;
            _series.Histograms.Of(index).SetNewest(_kind);
        }
        else if (state.Flags != SeriesFlags.None)
        {
            state.Flags = SeriesFlags.None;
            _series.Histograms.Forget(index);
        }
    }

    private void DisplaceNewest(uint index, ref ColdSeries cold)
    {
        var chunk = cold.NewestChunk;
        cold.NewestChunk = _series.Full[chunk].Older;
        _displaced.Add(new DisplacedChunk(index, _series.Cold[index].Ref, chunk));
    }
}

/// <summary>A chunk of a file that is not with its series at the moment.</summary>
/// <param name="Index">The slot of the series.</param>
/// <param name="Reference">The series' reference: by the end of the log the slot may be another's.</param>
/// <param name="Chunk">The chunk's slot.</param>
internal readonly record struct DisplacedChunk(uint Index, ulong Reference, uint Chunk);
