using System.Numerics;
using System.Runtime.CompilerServices;
using Tsdb.Chunks;
using Tsdb.Head.OutOfOrder;

namespace Tsdb.Head.Replay;

/// <summary>Spreads the samples of a replay over threads so that those of one series stay in order.</summary>
/// <remarks>
/// A series belongs to the worker of its group of 64 neighbours, so no two workers meet in a stripe, in a cache line of series
/// or in
/// a mark for unwritten chunks. Without other threads the batches are applied by the caller: the result is the same.
/// </remarks>
internal sealed class ReplayWorkers : IDisposable
{
    /// <summary>Beyond so many workers reading and dispatching is what takes the time.</summary>
    private const int WorkersMax = 8;

    private readonly SampleReplay[] _appliers;
    private readonly ReplayLane<ReplayBatch>[] _lanes;
    private readonly ReplayBatch _own = new();
    private readonly uint _mask;

    /// <summary>Starts the workers.</summary>
    /// <param name="head">What they append to.</param>
    /// <param name="late">Who knows which samples out of order count.</param>
    /// <param name="threads">Threads that may run at once; 1 = the caller alone. The caller waits for workers more often than
    /// they for it, so there are as many.</param>
    public ReplayWorkers(TsdbHead head, LateReplay late, int threads)
    {
        // A power of two finds the worker of a series with a mask.
        var workers = threads == 1 ? 1 : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(threads, WorkersMax));
        _mask = (uint)workers - 1;
        _appliers = new SampleReplay[workers];
        for (var i = 0; i < workers; i++) _appliers[i] = new SampleReplay(head, late);
        _lanes = new ReplayLane<ReplayBatch>[threads == 1 ? 0 : workers];
        for (var i = 0; i < _lanes.Length; i++) _lanes[i] = new ReplayLane<ReplayBatch>(_appliers[i].Apply, "replay");
    }

    /// <summary>Chunks begun since this was last set to 0: about as many were completed and are in memory.</summary>
    public int Cuts { get; set; }

    /// <summary>Appends a float of a series after those handed over before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint index, long timestampMs, ulong valueBits)
    {
        var batch = BatchOf(index);
        batch.Add(index, timestampMs, valueBits);
        if (batch.IsFull) Submit(index);
    }

    /// <summary>Appends a copy of a histogram of a series after the samples handed over before.</summary>
    public void Add(uint index, long timestampMs, HistogramSample sample)
    {
        var batch = BatchOf(index);
        batch.Add(index, timestampMs, sample);
        if (batch.IsFull) Submit(index);
    }

    /// <summary>Waits until everything handed over is applied; then the caller may touch the series.</summary>
    public void Drain()
    {
        foreach (var lane in _lanes) Cuts += lane.Drain();
        if (_own.Count > 0) ApplyOwn();
    }

    /// <summary>The applier of a series; to be used before its first sample or when all are applied.</summary>
    public SampleReplay Of(uint index) => _appliers[(index >> SeriesStore.GroupShift) & _mask];

    /// <summary>All chunks that were put aside, with their series; empties the lists. Call when all is applied.</summary>
    public List<DisplacedChunk> TakeDisplaced()
    {
        var all = new List<DisplacedChunk>();
        foreach (var applier in _appliers)
        {
            all.AddRange(applier.Displaced);
            applier.Displaced.Clear();
        }
        return all;
    }

    /// <summary>Stops the workers.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReplayBatch BatchOf(uint index) =>
        _lanes.Length == 0 ? _own : _lanes[(index >> SeriesStore.GroupShift) & _mask].Filling;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Submit(uint index)
    {
        if (_lanes.Length == 0) ApplyOwn();
        else Cuts += _lanes[(index >> SeriesStore.GroupShift) & _mask].Submit();
    }

    private void ApplyOwn()
    {
        Cuts += _appliers[0].Apply(_own);
        _own.Clear();
    }
}
