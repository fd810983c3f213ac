using System.Buffers;
using Tsdb;
using Tsdb.Head;

namespace Receiver.RemoteWrite;

/// <summary>Appends series of a request that holds native histograms or exemplars, in the order received; other requests never
/// come here.</summary>
/// <remarks>
/// A series with histograms gets one more item behind its floats, which is found and created like a float's and then gives its
/// slot in the head to the histograms. Not shared between threads.
/// </remarks>
internal sealed class HistogramWriter
{
    private readonly DecodedHistograms _decoded = new();
    private readonly ExemplarWriter _exemplars = new();

    // Series with histograms: their extra item, and how many histograms they have.
    private readonly List<(int Item, int Histograms)> _stops = [];

    /// <summary>Stores the given series of a batch.</summary>
    public WriteResult Write(Database database, Batch batch, ReadOnlySpan<int> series, ref WriterErrors errors)
    {
        var room = series.Length;
        foreach (var index in series) room += batch.Series[index].ItemCount;
        var rented = ArrayPool<AppendItem>.Shared.Rent(room);
        try
        {
            var fault = Collect(batch, series, rented, ref errors, out var count);
            return fault.IsNone
                ? Append(database, batch, series, rented.AsSpan(0, count), ref errors)
                : WriteResult.Malformed(fault.ToString());
        }
        finally
        {
            ArrayPool<AppendItem>.Shared.Return(rented);
            _decoded.Clear();
            _stops.Clear();
        }
    }

    private DecodeFault Collect(
        Batch batch, ReadOnlySpan<int> series, Span<AppendItem> items, ref WriterErrors errors, out int count)
    {
        count = 0;
        foreach (var index in series)
        {
            ref readonly var entry = ref batch.Series[index];
            batch.Items.Slice(entry.FirstItem, entry.ItemCount).CopyTo(items[count..]);
            count += entry.ItemCount;
            var histograms = (entry.Traits & SeriesTraits.Histograms) == 0 ? 0
                : _decoded.Read(batch.Content.Span, in entry, ref errors);
            if (histograms > 0)
            {
                _stops.Add((count, histograms));
                // Its time is nobody's: never out of bounds, so that the series is there for its histograms.
                items[count++] = new AppendItem { Key = entry.Key, Tag = index, TimestampMs = long.MaxValue };
                continue;
            }
            var fault = LocalWriter.JudgeSampleLess(batch, in entry, ref errors);
            if (!fault.IsNone) return fault;
        }
        return DecodeFault.None;
    }

    private WriteResult Append(
        Database database, Batch batch, ReadOnlySpan<int> series, Span<AppendItem> items, ref WriterErrors errors)
    {
        var hasExemplars = ExemplarWriter.IsNeeded(database, batch);
        if (items.IsEmpty && !hasExemplars) return errors.ToResult();
        using var appender = database.CreateAppender();
        appender.Find(items);
        var fault = LocalWriter.CreateMissing(appender, batch, items, ref errors);
        if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
        try
        {
            AppendInOrder(appender, items, ref errors);
            if (hasExemplars) _exemplars.Append(appender, batch, series, items, ref errors);
            errors.Add(appender.Commit());
        }
        catch (IOException e)
        {
            errors.Commit = e.Message;
        }
        return errors.ToResult();
    }

    private void AppendInOrder(HeadAppender appender, Span<AppendItem> items, ref WriterErrors errors)
    {
        int from = 0, histogram = 0;
        foreach (var (stop, histograms) in _stops)
        {
            LocalWriter.Append(appender, items[from..stop], ref errors);
            foreach (ref var item in _decoded.Items.Slice(histogram, histograms))
            {
                item.SeriesIndex = items[stop].SeriesIndex;
                appender.AppendHistogram(ref item);
                if (item.Result > AppendResult.Duplicate) errors.Add(item.Result);
                items[stop].Result = item.Result;
            }
            histogram += histograms;
            from = stop + 1;
        }
        LocalWriter.Append(appender, items[from..], ref errors);
    }
}
