using System.Text;
using System.Text.Json.Nodes;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Memory;
using Tsdb.Tests.Wal;

namespace Tsdb.Tests.Head.Sequences;

/// <summary>The appenders of a script: turns recorded appends into calls, and outcomes into the recorded texts.</summary>
/// <remarks>Recorded appends name a series by reference, by labels, or by both; a reference that is known wins.</remarks>
internal sealed class SequenceAppends(Action<string, string> same) : IDisposable
{
    private readonly Dictionary<string, HeadAppender> _open = [];
    private readonly Dictionary<string, KeyHash> _keys = []; // Of the references given so far.
    private readonly ByteBuffer _scratch = new();

    /// <summary>Runs one step: newAppender, append, appendHistogram, commit or rollback.</summary>
    public void Run(Database database, string kind, JsonNode step)
    {
        var name = GoldenJson.Text(step["app"]);
        if (!_open.TryGetValue(name, out var appender)) _open.Add(name, appender = database.CreateAppender());
        switch (kind)
        {
            case "append": Append(database, appender, step); break;
            case "exemplar": AppendExemplar(database, appender, step); break;
            case "appendHistogram": AppendHistogram(database, appender, step); break;
            case "commit" or "rollback":
                if (kind == "commit") appender.Commit();
                appender.Dispose();
                _open.Remove(name);
                break;
            default: break;
        }
    }

    public void Dispose()
    {
        foreach (var appender in _open.Values) appender.Dispose();
        _scratch.Dispose();
    }

    private static string TextOf(AppendResult result) => result switch
    {
        AppendResult.Appended or AppendResult.Duplicate => "",
        AppendResult.DuplicateConflict => "duplicate sample for timestamp",
        AppendResult.OutOfOrder => "out of order sample",
        AppendResult.OutOfBounds => "out of bounds",
        AppendResult.TooOld => "too old sample",
        _ => result.ToString(),
    };

    private static string TextOf(CreateResult result, byte[] labels) => result switch
    {
        CreateResult.EmptyLabels => "empty labelset: invalid sample",
        CreateResult.RepeatedLabelName => $"label name \"{FirstName(labels)}\" is not unique: invalid sample",
        _ => "",
    };

    private static string FirstName(byte[] labels)
    {
        foreach (var label in new Tsdb.Labels.EncodedLabels(labels)) return Encoding.UTF8.GetString(label.Name);
        return "";
    }

    private void Append(Database database, HeadAppender appender, JsonNode step)
    {
        var t = GoldenJson.Int64(step["t"]);
        var items = new[] { new AppendItem { TimestampMs = t, ValueBits = GoldenJson.Bits(step["v"]) } };
        var refusal = appender.IsOutOfBounds(t) ? "" : Series(database, appender, step, ref items[0]);
        appender.Append(items);
        if (appender.IsOutOfBounds(t)) refusal = TextOf(AppendResult.OutOfBounds);
        else if (refusal.Length == 0) refusal = TextOf(items[0].Result);
        Check(database, step, refusal, items[0].SeriesIndex);
    }

    private void AppendHistogram(Database database, HeadAppender appender, JsonNode step)
    {
        var sample = GoldenJson.Histogram(step["h"]!);
        var items = new[] { default(AppendItem) };
        var item = new HistogramItem { TimestampMs = GoldenJson.Int64(step["t"]), Sample = sample };
        // A caller judges a histogram before it asks for its series.
        var refusal = HistogramValidity.Fault(sample) ?? Series(database, appender, step, ref items[0]);
        if (refusal.Length == 0)
        {
            item.SeriesIndex = items[0].SeriesIndex;
            appender.AppendHistogram(ref item);
            refusal = item.Fault ?? TextOf(item.Result);
        }
        Check(database, step, refusal, items[0].SeriesIndex);
    }

    private void AppendExemplar(Database database, HeadAppender appender, JsonNode step)
    {
        var items = new[] { default(AppendItem) };
        if (!TryFind(database, appender, step, ref items[0])) items[0].SeriesIndex = AppendItem.NoSeries;
        var exemplar = new ExemplarItem
        {
            SeriesIndex = items[0].SeriesIndex,
            TimestampMs = GoldenJson.Int64(step["t"]),
            HasTimestamp = true,
            ValueBits = GoldenJson.Bits(step["v"]),
            Labels = Tsdb.Labels.LabelSet.FromEncoded(GoldenJson.Labels(step["exemplarLabels"])),
        };
        appender.AppendExemplar(ref exemplar);
        same(GoldenJson.Text(step["err"]), TextOf(exemplar.Result, GoldenJson.Text(step["ref"])));
        var isKept = exemplar.Result == ExemplarResult.Appended;
        same($"ref {step["outRef"]}", $"ref {(isKept ? RefOf(database, items[0].SeriesIndex) : "0")}");
    }

    private static string TextOf(ExemplarResult result, string reference) => result switch
    {
        ExemplarResult.OutOfOrder => "out of order exemplar",
        ExemplarResult.LabelsTooLong => "label length for exemplar exceeds maximum of 128 UTF-8 characters",
        ExemplarResult.NoSeries => $"unknown HeadSeriesRef when trying to add exemplar: {reference}",
        _ => "",
    };

    /// <summary>Finds or creates the series of a step.</summary>
    /// <returns>Why not; empty when the item has its series.</returns>
    private string Series(Database database, HeadAppender appender, JsonNode step, ref AppendItem item)
    {
        if (TryFind(database, appender, step, ref item)) return "";
        var labels = GoldenJson.Labels(step["labels"]);
        return TextOf(appender.Create(ref item, labels), labels);
    }

    private bool TryFind(Database database, HeadAppender appender, JsonNode step, ref AppendItem item)
    {
        var wanted = GoldenJson.Text(step["ref"]);
        if (_keys.TryGetValue(wanted, out var key))
        {
            item.Key = key;
            appender.Find(new Span<AppendItem>(ref item));
            if (item.SeriesIndex != AppendItem.NoSeries && RefOf(database, item.SeriesIndex) == wanted) return true;
        }
        item.Key = CanonicalKey.Compute(GoldenJson.Labels(step["labels"]), _scratch);
        appender.Find(new Span<AppendItem>(ref item));
        return item.SeriesIndex != AppendItem.NoSeries;
    }

    private void Check(Database database, JsonNode step, string refusal, uint series)
    {
        var recorded = GoldenJson.Text(step["err"]);
        // The recording also has the two values of a conflict.
        var isConflict = refusal == TextOf(AppendResult.DuplicateConflict);
        if (!isConflict || !recorded.StartsWith(refusal, StringComparison.Ordinal)) same(recorded, refusal);
        var reference = refusal.Length == 0 ? RefOf(database, series) : "0";
        same($"ref {step["outRef"]}", $"ref {reference}");
        if (refusal.Length == 0) _keys[reference] = database.Parts.Head.Series.Hot[series].Key;
    }

    private static string RefOf(Database database, uint series) => $"{database.Parts.Head.Series.Cold[series].Ref}";
}
