using Tsdb;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.RemoteWrite;

/// <summary>Appends the exemplars of a request, after its samples; requests without any never come here.</summary>
/// <remarks>
/// Senders put an exemplar into a message of its own as often as beside its sample, so series are looked up once more. One whose
/// last sample was refused loses its exemplars, and one that does not exist too: upstream tells nobody. Not shared between
/// threads.
/// </remarks>
internal sealed class ExemplarWriter
{
    private const int ExemplarsField = 3;
    private const int LabelsField = 1;
    private const int ValueField = 2;
    private const int TimestampField = 3;

    private readonly Dictionary<int, AppendResult> _lastResults = [];

    /// <summary>Whether a batch has exemplars that a database keeps.</summary>
    public static bool IsNeeded(Database database, Batch batch) =>
        batch.ExemplarCount > 0 && database.Options.ExemplarsMax > 0;

    /// <summary>Appends the exemplars of some series.</summary>
    /// <param name="appender">The request's transaction, samples appended.</param>
    /// <param name="batch">The request.</param>
    /// <param name="series">Indexes of the series meant.</param>
    /// <param name="items">Their samples, with results.</param>
    /// <param name="errors">Gets what was refused.</param>
    public void Append(
        HeadAppender appender, Batch batch, ReadOnlySpan<int> series, ReadOnlySpan<AppendItem> items, ref WriterErrors errors)
    {
        _lastResults.Clear();
        foreach (ref readonly var item in items)
        {
            if (HasExemplars(in batch.Series[item.Tag])) _lastResults[item.Tag] = item.Result;
        }
        // Exemplars have a label or two: as received, and in the form they are kept in.
        using ByteBuffer run = new(256), labels = new(256);
        foreach (var index in series)
        {
            ref readonly var entry = ref batch.Series[index];
            if (!HasExemplars(in entry)) continue;
            if (_lastResults.TryGetValue(index, out var last) && last > AppendResult.Duplicate) continue;
            Append(appender, batch.Content.Span, in entry, run, labels, ref errors);
        }
    }

    private static bool HasExemplars(in SeriesEntry entry) => (entry.Traits & SeriesTraits.Exemplars) != 0;

    private static void Append(
        HeadAppender appender, ReadOnlySpan<byte> body, in SeriesEntry entry, ByteBuffer run, ByteBuffer labels,
        ref WriterErrors errors)
    {
        var found = new AppendItem { Key = entry.Key };
        appender.Find(new Span<AppendItem>(ref found));
        if (found.SeriesIndex == AppendItem.NoSeries) return;
        var field = new WireReader(body, entry.FieldOffset, entry.FieldOffset + entry.FieldLength);
        if (!field.NextField("WriteRequest") || !field.TryBytes(out var start)) return;
        var reader = new WireReader(body, start, field.Position);
        while (reader.NextField("TimeSeries"))
        {
            if (reader.Field != ExemplarsField)
            {
                reader.Skip();
                continue;
            }
            if (!reader.TryBytes(out var at)) break;
            var item = Read(body, at, reader.Position, run, labels);
            item.SeriesIndex = found.SeriesIndex;
            appender.AppendExemplar(ref item);
            errors.Add(item.Result);
        }
    }

    /// <summary>Reads one message, whose shape was checked by the walk.</summary>
    private static ExemplarItem Read(ReadOnlySpan<byte> body, int start, int end, ByteBuffer run, ByteBuffer labels)
    {
        run.Clear();
        var item = new ExemplarItem { HasTimestamp = true };
        var reader = new WireReader(body, start, end);
        while (reader.NextField("Exemplar"))
        {
            switch (reader.Field)
            {
                case LabelsField:
                    if (reader.TryBytes(out _)) run.Write(body[reader.FieldStart..reader.Position]);
                    break;
                case ValueField:
                    if (reader.TryFixed64(out var bits)) item.ValueBits = bits;
                    break;
                case TimestampField:
                    if (reader.TryVarint(out var timestamp)) item.TimestampMs = (long)timestamp;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        // Their order and emptiness are nobody's concern: upstream takes them as they come.
        LabelRun.Encode(run.Written, labels, out _);
        item.Labels = LabelSet.FromEncoded(labels.Written);
        return item;
    }
}
