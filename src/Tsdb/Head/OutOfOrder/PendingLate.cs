using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Head.OutOfOrder;

/// <summary>The samples of one request that turn out, at commit, not to be in order.</summary>
/// <remarks>Nothing is allocated before the first one.</remarks>
internal sealed class PendingLate(TsdbHead head)
{
    private readonly List<LateSample> _samples = [];
    private int _tooOld;
    private int _tooOldHistograms;

    /// <summary>Notes how late a sample is, whether it is kept or not.</summary>
    public void Observe(long timestampMs, in AppendLimits limits)
    {
        if (limits.HeadMaxTimeMs > timestampMs)
            head.Counters.LateSeconds.Observe((limits.HeadMaxTimeMs - timestampMs) / 1000.0);
    }

    /// <summary>Takes a sample that the series' newest one has overtaken, if it may be kept. Needs the stripe lock.</summary>
    /// <param name="sample">The sample; a histogram is copied when it is stored.</param>
    /// <param name="state">The series.</param>
    /// <param name="limits">The request's limits.</param>
    /// <returns>False when it is dropped.</returns>
    public bool TryTake(LateSample sample, in MemSeries state, in AppendLimits limits)
    {
        if (!limits.KeepsLate) return false;
        var t = sample.TimestampMs;
        // At the newest time itself it is a copy, or refused: another request was faster.
        if (t == state.LastTimestampMs && t >= limits.MinValidTimeMs) return false;
        var isStaleOfHistograms = sample.Sample.Histogram is null && sample.Sample.ValueBits == StaleMarker.Bits
            && (state.Flags & SeriesFlags.LastIsHistogram) != 0;
        if (t < limits.LateMinTimeMs)
        {
            if (sample.Sample.Histogram is null && !isStaleOfHistograms) _tooOld++;
            else _tooOldHistograms++;
            return false;
        }
        if (isStaleOfHistograms)
        {
            var marker = new HistogramSample();
            marker.SetStale(head.Series.Histograms.Of(sample.SeriesIndex).IsFloat);
            sample = sample with { Sample = new ChunkSample(t, 0, marker) };
        }
        _samples.Add(sample);
        return true;
    }

    /// <summary>Samples of this request that are not stored because their list has another value at their time.</summary>
    public int Conflicts { get; private set; }

    /// <summary>Stores and logs what was taken.</summary>
    /// <returns>Null, or why the disk refused: then none of it is kept.</returns>
    public IOException? TryStore()
    {
        try
        {
            Store();
            return null;
        }
        catch (IOException e)
        {
            return e;
        }
    }

    private void Store()
    {
        if (_tooOld > 0) Interlocked.Add(ref head.Counters.TooOld, _tooOld);
        if (_tooOldHistograms > 0) Interlocked.Add(ref head.Counters.TooOldHistograms, _tooOldHistograms);
        if (_samples.Count == 0) return;
        var (floats, histograms, conflicts) = head.Late.Writer!.Store(CollectionsMarshal.AsSpan(_samples));
        Conflicts = conflicts;
        if (conflicts > 0) Interlocked.Add(ref head.Counters.LateConflicts, conflicts);
        Interlocked.Add(ref head.Counters.SamplesAppended, floats);
        Interlocked.Add(ref head.Counters.LateAppended, floats);
        Interlocked.Add(ref head.Counters.HistogramsAppended, histograms);
        Interlocked.Add(ref head.Counters.LateHistogramsAppended, histograms);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (_samples.Count > 0) _samples.Clear();
        (_tooOld, _tooOldHistograms, Conflicts) = (0, 0, 0);
    }
}
