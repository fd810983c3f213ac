using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>The native histograms that one request had accepted, between decision and commit.</summary>
/// <remarks>
/// The log has floats and each type of histogram in records of their own, and replay drops what is not newer. So a request is
/// logged and applied in batches: floats before histograms, and in one batch no float of a series after its histogram and no two
/// types of histogram of one series. Nearly every request is one batch.
/// </remarks>
internal sealed class PendingHistograms(TsdbHead head)
{
    private readonly List<HistogramItem> _items = [];
    private readonly List<(int Floats, int Histograms)> _ends = [];
    private readonly Dictionary<uint, RecordType> _types = []; // Series of the batch at hand.

    /// <summary>Histograms accepted.</summary>
    public int Count => _items.Count;

    /// <summary>Where batches end, among the accepted floats and among these.</summary>
    public IReadOnlyList<(int Floats, int Histograms)> Ends => _ends;

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

    /// <summary>Writes the records of one batch to the log.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Log(int from, int to, ByteBuffer record)
    {
        LogKind(from, to, isFloat: false, record);
        LogKind(from, to, isFloat: true, record);
    }

    /// <summary>Makes one batch visible.</summary>
    public void Apply(int from, int to)
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
                // As with floats: what another sample has overtaken is dropped.
                if (item.TimestampMs <= state.LastTimestampMs && state.LastTimestampMs != long.MinValue) continue;
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

    private void LogKind(int from, int to, bool isFloat, ByteBuffer record)
    {
        var first = from;
        while (first < to && _items[first].Sample.IsFloat != isFloat) first++;
        if (first == to) return;
        // Upstream takes the base of the exponential ones from the list before it is split.
        LogType(first, first, to, isFloat ? RecordType.FloatHistograms : RecordType.Histograms, record);
        LogType(-1, first, to, isFloat ? RecordType.CustomFloatHistograms : RecordType.CustomHistograms, record);
    }

    private void LogType(int baseItem, int from, int to, RecordType type, ByteBuffer record)
    {
        record.Clear();
        HistogramsRecord? entries = null;
        for (var i = from; i < to; i++)
        {
            var item = _items[i];
            if (HistogramsRecord.TypeOf(item.Sample) != type) continue;
            var reference = head.Series.Cold[item.SeriesIndex].Ref;
            if (entries is null)
            {
                var first = _items[baseItem < 0 ? i : baseItem];
                entries = HistogramsRecord.Begin(record, type, head.Series.Cold[first.SeriesIndex].Ref, first.TimestampMs);
            }
            entries.Value.Add(reference, item.TimestampMs, item.Sample);
        }
        if (entries is not null) head.Log.Write(record.Written);
    }
}
