using Tsdb.Wal;

namespace Tsdb.Head.Exemplars;

/// <summary>The exemplars that one request had accepted, between decision and commit.</summary>
internal sealed class PendingExemplars(TsdbHead head)
{
    private readonly List<ExemplarItem> _items = [];

    /// <summary>Decides about an exemplar and keeps it when it may be stored.</summary>
    public void Append(ref ExemplarItem item)
    {
        item.Result = Decide(ref item);
        if (item.Result == ExemplarResult.Appended) _items.Add(item);
    }

    /// <summary>Adds one record to those of the request, behind the samples'.</summary>
    public void Log(RecordBatch records)
    {
        if (_items.Count == 0) return;
        var cold = head.Series.Cold;
        var entries = ExemplarsRecord.Begin(records.Bytes, cold[_items[0].SeriesIndex].Ref, _items[0].TimestampMs);
        foreach (var item in _items)
            entries.Add(cold[item.SeriesIndex].Ref, item.TimestampMs, item.ValueBits, item.Labels.Encoded);
        records.End();
    }

    /// <summary>Stores them. What another one has overtaken meanwhile is dropped and counted, as upstream does.</summary>
    public void Apply()
    {
        foreach (var item in _items)
        {
            var index = item.SeriesIndex;
            var exemplar = new Exemplar(item.Labels, item.ValueBits, item.TimestampMs, item.HasTimestamp);
            head.Exemplars.Add(head.Series.Hot[index].Key, exemplar, () => head.LabelsOf(index));
        }
        Clear();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => _items.Clear();

    private ExemplarResult Decide(ref ExemplarItem item)
    {
        if (!head.Exemplars.IsEnabled) return ExemplarResult.Disabled;
        if (item.SeriesIndex == AppendItem.NoSeries) return ExemplarResult.NoSeries;
        item.Labels = ExemplarRules.WithoutEmpty(item.Labels);
        var exemplar = new Exemplar(item.Labels, item.ValueBits, item.TimestampMs, item.HasTimestamp);
        return head.Exemplars.Decide(head.Series.Hot[item.SeriesIndex].Key, exemplar);
    }
}
