using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Appends one sample at a time, for callers that have labels at hand. Requests with many samples go through the passes
/// of <see cref="HeadAppender"/>, which cost a fraction.</summary>
public static class SingleAppend
{
    /// <summary>Finds or creates the series and appends a float to it.</summary>
    /// <param name="appender">The transaction; the sample is kept when it commits.</param>
    /// <param name="labels">Identity of the series: at least one label, names unique, values not empty.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="value">Any float; NaN payloads are kept.</param>
    /// <exception cref="IOException">The log refused the new series; nothing of the transaction is kept.</exception>
    public static AppendResult Append(this HeadAppender appender, LabelSet labels, long timestampMs, double value)
    {
        Span<AppendItem> items = [Item(labels, timestampMs)];
        items[0].ValueBits = BitConverter.DoubleToUInt64Bits(value);
        FindOrCreate(appender, items, labels);
        appender.Append(items);
        return items[0].Result;
    }

    /// <summary>Finds or creates the series and appends a native histogram to it.</summary>
    /// <param name="appender">The transaction; the sample is kept when it commits.</param>
    /// <param name="labels">As for a float.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="histogram">Unchanged, and not to be changed before the commit.</param>
    /// <exception cref="IOException">The log refused the new series; nothing of the transaction is kept.</exception>
    public static AppendResult Append(
        this HeadAppender appender, LabelSet labels, long timestampMs, HistogramSample histogram)
    {
        Span<AppendItem> items = [Item(labels, timestampMs)];
        FindOrCreate(appender, items, labels);
        var item = new HistogramItem
        {
            SeriesIndex = items[0].SeriesIndex, TimestampMs = timestampMs, Sample = histogram,
        };
        appender.AppendHistogram(ref item);
        return item.Result;
    }

    private static AppendItem Item(LabelSet labels, long timestampMs) =>
        new() { Key = KeyedHash.Compute(labels.Encoded), TimestampMs = timestampMs };

    private static void FindOrCreate(HeadAppender appender, Span<AppendItem> items, LabelSet labels)
    {
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
    }
}
