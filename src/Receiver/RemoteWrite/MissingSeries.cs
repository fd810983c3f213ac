using Tsdb.Head;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>The series of one request that the head does not know: judged all together, then created.</summary>
/// <remarks>Before anything is created every label run is read, so a body that is broken anywhere stores nothing. Reused by its
/// thread.</remarks>
internal sealed class MissingSeries : IDisposable
{
    /// <summary>Labels of a large request (2000 series take 700 KiB); what a larger one needed is given back.</summary>
    private const int KeptBytesMax = 2 << 20;

    private readonly List<Entry> _entries = [];
    private ByteBuffer _labels = new(64 << 10);

    /// <summary>Creates the series of items that were not found, unless label bytes turn out to be none.</summary>
    public DecodeFault Create(HeadAppender appender, Batch batch, Span<AppendItem> items, ref WriterErrors errors)
    {
        try
        {
            var fault = Encode(batch, items);
            if (fault.IsNone && _entries.Count > 0) Create(appender, items, ref errors);
            return fault;
        }
        finally
        {
            Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _labels.Dispose();

    private DecodeFault Encode(Batch batch, ReadOnlySpan<AppendItem> items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].SeriesIndex != AppendItem.NoSeries) continue;
            // The same message: its fate is decided with its first sample.
            if (i > 0 && items[i - 1].Tag == items[i].Tag) continue;
            var from = _labels.Length;
            var fault = LabelRun.Append(batch.Labels(items[i].Tag), _labels, out var verdict, out var isCanonical);
            if (!fault.IsNone) return fault;
            _entries.Add(new Entry(i, from, _labels.Length, verdict, isCanonical));
        }
        return DecodeFault.None;
    }

    private void Create(HeadAppender appender, Span<AppendItem> items, ref WriterErrors errors)
    {
        var labels = _labels.Written;
        foreach (var entry in _entries)
        {
            ref var item = ref items[entry.Item];
            var own = labels[entry.From..entry.End];
            if (entry.Verdict != LabelsVerdict.Valid) errors.Add(entry.Verdict);
            else if (AreOutOfBounds(appender, items[entry.Item..], out var samples))
            {
                appender.RefuseOutOfBounds(samples);
                for (var i = 0; i < samples; i++) errors.Add(AppendResult.OutOfBounds);
            }
            else if (appender.Create(ref item, own, entry.IsCanonical) == CreateResult.Full) errors.Full++;
            for (var i = entry.Item + 1; i < items.Length && items[i].Tag == item.Tag; i++)
                items[i].SeriesIndex = item.SeriesIndex;
        }
    }

    /// <summary>Whether none of a message's samples can be stored whatever its series holds; then the head need not grow for
    /// it.</summary>
    private static bool AreOutOfBounds(HeadAppender appender, ReadOnlySpan<AppendItem> items, out int samples)
    {
        for (samples = 0; samples < items.Length && items[samples].Tag == items[0].Tag; samples++)
        {
            if (!appender.IsOutOfBounds(items[samples].TimestampMs)) return false;
        }
        return true;
    }

    private void Clear()
    {
        _entries.Clear();
        if (_labels.Length > KeptBytesMax)
        {
            _labels.Dispose();
            _labels = new ByteBuffer(64 << 10);
        }
        _labels.Clear();
    }

    private readonly record struct Entry(int Item, int From, int End, LabelsVerdict Verdict, bool IsCanonical);
}
