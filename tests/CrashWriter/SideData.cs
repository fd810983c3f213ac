using System.Globalization;
using System.Text;
using Tsdb;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Head.Metadata;
using Tsdb.Labels;
using Tsdb.Memory;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace CrashWriter;

/// <summary>What goes along with samples: exemplars, metadata, deletions.</summary>
internal static class SideData
{
    /// <summary>Adds an exemplar of a sample that was just appended in order.</summary>
    public static void AppendExemplar(HeadAppender appender, string series, long t, StringBuilder lines)
    {
        var exemplar = new ExemplarItem
        {
            SeriesIndex = IndexOf(appender, series),
            TimestampMs = t,
            HasTimestamp = true,
            ValueBits = KnownSample.Bits(series, t),
            Labels = LabelSet.FromStrings(("trace", t.ToString(CultureInfo.InvariantCulture))),
        };
        appender.AppendExemplar(ref exemplar);
        if (exemplar.Result == ExemplarResult.Appended) Tell(lines, Lines.Exemplar, series, t);
    }

    /// <summary>Replaces a series' metadata by a number.</summary>
    public static void SetMetadata(HeadAppender appender, string series, long number, StringBuilder lines)
    {
        var help = Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        var result = appender.SetMetadata(IndexOf(appender, series), new SeriesMetadata(MetricType.Counter, ""u8, help));
        if (result == MetadataResult.Accepted) Tell(lines, Lines.Metadata, series, number);
    }

    /// <summary>Deletes a range of a series.</summary>
    public static void Delete(Database database, string series, long fromMs, long toMs, Acknowledgements output)
    {
        if (!Matcher.TryCreate(MatchType.Equal, "__name__"u8, Encoding.UTF8.GetBytes(series), out var matcher, out var error))
            throw new InvalidOperationException(error);
        var range = string.Create(CultureInfo.InvariantCulture, $"{series} {fromMs} {toMs}\n");
        output.Write($"{Lines.Deleting} {range}");
        database.Delete(fromMs, toMs, [matcher]);
        output.Write($"{Lines.Deleted} {range}");
    }

    /// <summary>Adds a line.</summary>
    public static void Tell(StringBuilder lines, string kind, string series, long number) =>
        lines.Append(CultureInfo.InvariantCulture, $"{kind} {series} {number}\n");

    private static uint IndexOf(HeadAppender appender, string series)
    {
        var labels = KnownSample.Labels(series);
        Span<AppendItem> items = [new AppendItem { Key = KeyedHash.Compute(labels.Encoded) }];
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
        return items[0].SeriesIndex;
    }
}
