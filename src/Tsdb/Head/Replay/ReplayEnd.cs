using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Head.Replay;

/// <summary>Brings the series into the state from which appends go on, when the log is read.</summary>
/// <remarks>
/// Nearly every series has an open chunk by then. Only where the log ended before the chunk files did, because its end was
/// damaged,
/// the newest sample is in a file: it is read, so that the same sample sent again is recognised. One thread.
/// </remarks>
internal sealed class ReplayEnd(TsdbHead head, HeadChunkFiles files) : IDisposable
{
    private readonly SeriesStore _series = head.Series;
    private readonly ByteBuffer _bytes = new();

    /// <summary>Ends the covered state of every series, and settles the chunks that were put aside.</summary>
    /// <param name="displaced">Chunks of files with their series. Those newer than all samples of their series belong to it after
    /// all; the log had the samples of the others, and they are freed.</param>
    /// <returns>Chunks that were freed.</returns>
    public int Run(List<DisplacedChunk> displaced)
    {
        for (var index = 0u; index < _series.Hot.End; index++)
        {
            ref var state = ref _series.Hot[index];
            if (state.SampleCount != MemSeries.Covered || _series.Cold[index].Ref == 0) continue;
            state.SampleCount = 0;
            GoOnBehindNewest(index, ref state);
        }
        displaced.Sort((a, b) => _series.Full[a.Chunk].MinTimeMs.CompareTo(_series.Full[b.Chunk].MinTimeMs));
        var freed = 0;
        foreach (var (index, reference, chunk) in displaced)
        {
            ref var state = ref _series.Hot[index];
            if (_series.Cold[index].Ref != reference || _series.Full[chunk].MinTimeMs <= state.LastTimestampMs)
            {
                _series.Full.Free(chunk);
                freed++;
                continue;
            }
            _series.CompleteOpen(index, ref state);
            _series.Full[chunk].Older = _series.Cold[index].NewestChunk;
            _series.Cold[index].NewestChunk = chunk;
            GoOnBehindNewest(index, ref state);
        }
        return freed;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void GoOnBehindNewest(uint index, ref MemSeries state)
    {
        ref var chunk = ref _series.Full[_series.Cold[index].NewestChunk];
        state.LastTimestampMs = chunk.MaxTimeMs;
        head.Times.Widen(Math.Max(chunk.MinTimeMs, head.Times.MinValidMs), chunk.MaxTimeMs);
        _bytes.Clear();
        if (!files.TryRead(chunk.FileRef, _bytes, out _)) return;
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(_bytes.Written);
            while (floats.MoveNext()) state.LastValueBits = floats.ValueBits;
            state.Flags = SeriesFlags.None;
            return;
        }
        var histograms = new HistogramChunkIterator(_bytes.Written, chunk.Encoding, new HistogramSample());
        while (histograms.MoveNext())
        {
        }
        _series.Histograms.Of(index).SetNewest(histograms.Current);
        state.Flags = SeriesFlags.LastIsHistogram;
    }
}
