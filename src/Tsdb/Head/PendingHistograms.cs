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
    private const int PrefetchSteps = 3;

    /// <summary>Appends between two steps: the latency of memory over the time of an append.</summary>
    private const int PrefetchDistance = 3;

    private readonly List<HistogramItem> _items = [];
    private readonly List<Batch> _ends = [];
    private readonly Dictionary<uint, RecordType> _types = []; // Series of the batch at hand, those that are noted.
    private int _noted; // Items whose series are noted, and those of batches before.
    private RecordType _type; // Of all items of the batch while they are of one.
    private bool _isMixed;
    private readonly HistogramSample _newest = new();

    /// <summary>Histograms accepted.</summary>
    public int Count => _items.Count;

    /// <summary>Where batches end, among the accepted floats and among these.</summary>
    public ReadOnlySpan<Batch> Ends => CollectionsMarshal.AsSpan(_ends);

    /// <summary>The newest sample of a series when it is a histogram; valid until the next call. Needs the stripe lock.</summary>
    public HistogramSample? Newest(uint series)
    {
        if ((head.Series.Hot[series].Flags & SeriesFlags.LastIsHistogram) == 0) return null;
        head.Series.Histograms.Of(series).CopyNewest(_newest);
        return _newest;
    }

    /// <summary>Adds an accepted histogram after the given number of accepted floats.</summary>
    public void Add(in HistogramItem item, int floats)
    {
        var type = HistogramsRecord.TypeOf(item.Sample);
        if (_items.Count == BatchStart) (_type, _isMixed) = (type, false);
        // While all are of one type, and no float comes, nobody asks which series there are.
        if (type != _type || _noted > BatchStart)
        {
            Note();
            if (_types.TryGetValue(item.SeriesIndex, out var other) && other != type)
            {
                End(floats);
                (_type, _isMixed) = (type, false);
            }
            _isMixed |= type != _type;
        }
        _items.Add(item);
    }

    /// <summary>Ends the batch when floats follow of a series that has a histogram in it.</summary>
    public void EndBefore(ReadOnlySpan<AppendItem> items, int floats)
    {
        if (_items.Count == BatchStart) return;
        Note();
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
        _ends.Add(new Batch(floats, _items.Count, _isMixed ? null : _type));
        if (_types.Count > 0) _types.Clear();
        _noted = _items.Count;
    }

    /// <summary>The first of these.</summary>
    public ReadOnlySpan<HistogramItem> First(int count) => CollectionsMarshal.AsSpan(_items)[..count];

    /// <summary>Encodes the records of one batch.</summary>
    public void Log(int from, in Batch batch, RecordBatch records)
    {
        var to = batch.Histograms;
        if (from == to) return;
        if (batch.Type is { } type)
        {
            LogType(from, from, to, type, records);
            return;
        }
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
        var items = CollectionsMarshal.AsSpan(_items)[from..to];
        Lock? held = null;
        try
        {
            for (var i = 0; i < items.Length; i++)
            {
                Prefetch(series.Histograms, items, i);
                ref readonly var item = ref items[i];
                var stripe = series.StripeOf(item.SeriesIndex);
                if (stripe != held)
                {
                    held?.Exit();
                    held = null;
                    stripe.Enter();
                    held = stripe;
                }
                ref var state = ref series.Hot[item.SeriesIndex];
                // As with floats: what another sample has overtaken is kept out of order or dropped.
                if ((item.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue)
                    || item.TimestampMs < limits.MinValidTimeMs)
                {
                    var sample = new LateSample(item.SeriesIndex, new ChunkSample(item.TimestampMs, 0, item.Sample));
                    if (late.TryTake(sample, in state, in limits)) continue;
                    overtaken.AddHistogram(floats, First(from + i + 1), state.LastTimestampMs, Newest(item.SeriesIndex));
                    continue;
                }
                if (series.Append(item.SeriesIndex, ref state, item.TimestampMs, item.Sample)) cuts++;
                stored++;
                lowest = Math.Min(lowest, item.TimestampMs);
                highest = Math.Max(highest, item.TimestampMs);
            }
        }
        finally
        {
            held?.Exit();
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
        if (_types.Count > 0) _types.Clear();
        _noted = 0;
    }

    private int BatchStart => _ends.Count == 0 ? 0 : _ends[^1].Histograms;

    /// <summary>Notes the series of the batch, with the type of their histograms.</summary>
    private void Note()
    {
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(_items)[_noted..])
            _types[item.SeriesIndex] = HistogramsRecord.TypeOf(item.Sample);
        _noted = _items.Count;
    }

    /// <summary>Asks for what appends a few steps later will touch: each step reads what the one before brought.</summary>
    private static void Prefetch(HistogramStore store, ReadOnlySpan<HistogramItem> items, int at)
    {
        for (var step = 0; step < PrefetchSteps; step++)
        {
            var ahead = at + (PrefetchDistance * (PrefetchSteps - step));
            if (ahead < items.Length) store.Prefetch(items[ahead].SeriesIndex, step);
        }
    }

    private void LogKind(int from, int to, bool isFloat, RecordBatch records)
    {
        var first = from;
        while (first < to && _items[first].Sample.IsFloat != isFloat) first++;
        if (first == to) return;
        // Upstream takes the base of the exponential ones from the list before it is split.
        LogType(first, first, to, isFloat ? RecordType.FloatHistograms : RecordType.Histograms, records, isMixed: true);
        var custom = isFloat ? RecordType.CustomFloatHistograms : RecordType.CustomHistograms;
        LogType(-1, first, to, custom, records, isMixed: true);
    }

    private void LogType(
        int baseItem, int from, int to, RecordType type, RecordBatch records, bool isMixed = false)
    {
        HistogramsRecord? entries = null;
        var items = CollectionsMarshal.AsSpan(_items);
        var cold = head.Series.Cold;
        for (var i = from; i < to; i++)
        {
            ref readonly var item = ref items[i];
            if (isMixed && HistogramsRecord.TypeOf(item.Sample) != type) continue;
            if (entries is null)
            {
                ref readonly var first = ref items[baseItem < 0 ? i : baseItem];
                entries = HistogramsRecord.Begin(records, type, cold[first.SeriesIndex].Ref, first.TimestampMs);
            }
            entries.Value.Add(cold[item.SeriesIndex].Ref, item.TimestampMs, item.Sample);
        }
        records.End();
    }

    /// <summary>Where a batch ends.</summary>
    /// <param name="Floats">Among the accepted floats.</param>
    /// <param name="Histograms">Among the histograms.</param>
    /// <param name="Type">Of all its histograms; null when they differ.</param>
    public readonly record struct Batch(int Floats, int Histograms, RecordType? Type);
}
