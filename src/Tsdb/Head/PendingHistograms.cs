using System.Runtime.InteropServices;
using Tsdb.Chunks;
using Tsdb.Head.OutOfOrder;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>The native histograms that one request had accepted, between decision and commit.</summary>
/// <remarks>
/// The log has floats and each type of histogram in records of their own, and replay drops what is not newer. So a request is
/// logged and applied in batches: floats before histograms, and in one batch no float of a series after its histogram and no two
/// types of histogram of one series. Nearly every request is one batch.
/// </remarks>
internal sealed class PendingHistograms(TsdbHead head, PendingLate late)
{
    private readonly List<HistogramItem> _items = [];
    private readonly List<(int Floats, int Histograms)> _ends = [];
    private readonly Dictionary<uint, RecordType> _types = []; // Series of the batch at hand.
    private readonly HistogramSample _newest = new();

    /// <summary>Histograms accepted.</summary>
    public int Count => _items.Count;

    /// <summary>Where batches end, among the accepted floats and among these.</summary>
    public IReadOnlyList<(int Floats, int Histograms)> Ends => _ends;

    /// <summary>The newest sample of a series when it is a histogram; valid until the next call. Needs the stripe lock.</summary>
    public HistogramSample? Newest(uint series)
    {
        if ((head.Series.Hot[series].Flags & SeriesFlags.LastIsHistogram) == 0) return null;
        head.Series.Histograms.Of(series).Last.CopyTo(_newest);
        return _newest;
    }

    /// <summary>Adds an accepted histogram after the given number of accepted floats.</summary>
    public void Add(in HistogramItem item, int floats)
    {
        var type = HistogramsRecord.TypeOf(item.Sample);
        if (_types.TryGetValue(item.SeriesIndex, out var other) && other != type) End(floats);
        _types[item.SeriesIndex] = type;
        _items.Add(item);
    }

    /// <summary>Ends the batch when floats follow of a series that has a histogram in it.</summary>
    public void EndBefore(ReadOnlySpan<AppendItem> items, int floats)
    {
        foreach (ref readonly var item in items)
        {
            if (!_types.ContainsKey(item.SeriesIndex)) continue;
            End(floats);
            return;
        }
    }

    /// <summary>Ends the batch at hand.</summary>
    public void End(int floats)
    {
        _ends.Add((floats, _items.Count));
        _types.Clear();
    }

    /// <summary>The first of these.</summary>
    public ReadOnlySpan<HistogramItem> First(int count) => CollectionsMarshal.AsSpan(_items)[..count];

    /// <summary>Encodes the records of one batch.</summary>
    public void Log(int from, int to, RecordBatch records)
    {
        LogKind(from, to, isFloat: false, records);
        LogKind(from, to, isFloat: true, records);
    }

    /// <summary>Makes one batch visible.</summary>
    /// <param name="from">First of the batch.</param>
    /// <param name="to">End of the batch.</param>
    /// <param name="floats">The accepted floats that took effect before.</param>
    /// <param name="overtaken">Told what cannot be kept any more.</param>
    /// <param name="limits">The request's limits.</param>
    public void Apply(
        int from, int to, ReadOnlySpan<AcceptedSample> floats, OvertakenSamples overtaken, in AppendLimits limits)
    {
        var series = head.Series;
        long lowest = long.MaxValue, highest = long.MinValue;
        int stored = 0, cuts = 0;
        for (var i = from; i < to; i++)
        {
            var item = _items[i];
            lock (series.StripeOf(item.SeriesIndex))
            {
                ref var state = ref series.Hot[item.SeriesIndex];
                // As with floats: what another sample has overtaken is kept out of order or dropped.
                if ((item.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue)
                    || item.TimestampMs < limits.MinValidTimeMs)
                {
                    var sample = new LateSample(item.SeriesIndex, new ChunkSample(item.TimestampMs, 0, item.Sample));
                    if (late.TryTake(sample, in state, in limits)) continue;
                    overtaken.AddHistogram(floats, First(i + 1), state.LastTimestampMs, Newest(item.SeriesIndex));
                    continue;
                }
                if (series.Append(item.SeriesIndex, ref state, item.TimestampMs, item.Sample)) cuts++;
            }
            stored++;
            lowest = Math.Min(lowest, item.TimestampMs);
            highest = Math.Max(highest, item.TimestampMs);
        }
        if (stored > 0) head.Times.Widen(lowest, highest);
        Interlocked.Add(ref head.Counters.HistogramsAppended, stored);
        Interlocked.Add(ref head.Counters.ChunksCreated, cuts);
    }

    /// <summary>Forgets everything; the samples are the caller's again.</summary>
    public void Clear()
    {
        _items.Clear();
        _ends.Clear();
        _types.Clear();
    }

    private void LogKind(int from, int to, bool isFloat, RecordBatch records)
    {
        var first = from;
        while (first < to && _items[first].Sample.IsFloat != isFloat) first++;
        if (first == to) return;
        // Upstream takes the base of the exponential ones from the list before it is split.
        LogType(first, first, to, isFloat ? RecordType.FloatHistograms : RecordType.Histograms, records);
        LogType(-1, first, to, isFloat ? RecordType.CustomFloatHistograms : RecordType.CustomHistograms, records);
    }

    private void LogType(int baseItem, int from, int to, RecordType type, RecordBatch records)
    {
        HistogramsRecord? entries = null;
        for (var i = from; i < to; i++)
        {
            var item = _items[i];
            if (HistogramsRecord.TypeOf(item.Sample) != type) continue;
            var reference = head.Series.Cold[item.SeriesIndex].Ref;
            if (entries is null)
            {
                var first = _items[baseItem < 0 ? i : baseItem];
                entries = HistogramsRecord.Begin(records.Bytes, type, head.Series.Cold[first.SeriesIndex].Ref, first.TimestampMs);
            }
            entries.Value.Add(reference, item.TimestampMs, item.Sample);
        }
        records.End();
    }
}
