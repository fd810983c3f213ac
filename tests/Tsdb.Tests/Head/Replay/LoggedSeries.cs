using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head.Replay;

/// <summary>Appends to a database what a test made up, and remembers what was accepted.</summary>
internal sealed class LoggedSeries(Database database)
{
    private readonly HistogramSample _histogram = new();

    /// <summary>Accepted samples as <see cref="HistogramDump"/> writes them, by labels.</summary>
    public SortedDictionary<string, SortedDictionary<long, string>> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>Appends one float to each of a run of series, in one request.</summary>
    public void Append(int firstSeries, int count, long t, double value) =>
        Append(firstSeries, count, t, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>As the other, by the value's bits.</summary>
    public void Append(int firstSeries, int count, long t, ulong bits)
    {
        using var appender = database.CreateAppender();
        var items = new AppendItem[count];
        for (var i = 0; i < count; i++)
            items[i] = new AppendItem
            {
                Key = KeyedHash.Compute(LabelsOf(firstSeries + i).Encoded), TimestampMs = t, ValueBits = bits,
            };
        appender.Find(items);
        for (var i = 0; i < count; i++)
        {
            if (items[i].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[i], LabelsOf(firstSeries + i).Encoded);
        }
        appender.Append(items);
        appender.Commit();
        for (var i = 0; i < count; i++)
        {
            if (items[i].Result == AppendResult.Appended) Remember(firstSeries + i, t, bits.ToString("x16", provider: null));
        }
    }

    /// <summary>Appends one histogram with two buckets.</summary>
    public void AppendHistogram(int series, long t, ulong count)
    {
        using var appender = database.CreateAppender();
        var labels = LabelsOf(series);
        Span<AppendItem> found = [new AppendItem { Key = KeyedHash.Compute(labels.Encoded), TimestampMs = t }];
        appender.Find(found);
        if (found[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref found[0], labels.Encoded);
        var sample = new HistogramSample { Schema = 1, Count = count, SumBits = BitConverter.DoubleToUInt64Bits(count / 2.0) };
        sample.PositiveSpans.Add(new BucketSpan(0, 2));
        sample.PositiveBuckets.Add(count - (count / 3));
        sample.PositiveBuckets.Add((ulong)(long)((count / 3) - (count - (count / 3))));
        var item = new HistogramItem { SeriesIndex = found[0].SeriesIndex, TimestampMs = t, Sample = sample };
        appender.AppendHistogram(ref item);
        appender.Commit();
        if (item.Result != AppendResult.Appended) return;
        _histogram.CopyFrom(sample);
        Remember(series, t, HistogramDump.Content(Tsdb.Tests.Chunks.HistogramJson.Describe(_histogram)));
    }

    /// <summary>What a database has, in the form of <see cref="Accepted"/>.</summary>
    public static SortedDictionary<string, SortedDictionary<long, string>> Dump(Database database)
    {
        var dump = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            var content = new SortedDictionary<long, string>();
            foreach (var (t, described) in samples) content.Add(t, HistogramDump.Content(described));
            dump.Add(labels.ToString(), content);
        }
        return dump;
    }

    /// <summary>Fails with the first difference; samples that only <paramref name="actual"/> has are none when
    /// <paramref name="isSubset"/>.</summary>
    public static void AssertSame(
        SortedDictionary<string, SortedDictionary<long, string>> expected,
        SortedDictionary<string, SortedDictionary<long, string>> actual, string context, bool isSubset = false)
    {
        foreach (var (labels, samples) in expected)
        {
            Assert.True(actual.TryGetValue(labels, out var found), $"{context}: {labels} is missing");
            foreach (var (t, value) in samples)
                Assert.True(found.TryGetValue(t, out var other) && other == value,
                    $"{context}: {labels} at {t}: expected {value}, found {other ?? "nothing"}");
            var more = found.Count - samples.Count;
            Assert.True(isSubset || more == 0, $"{context}: {labels} has {more} samples more");
        }
        Assert.True(isSubset || expected.Count == actual.Count, $"{context}: {actual.Count} series, not {expected.Count}");
    }

    /// <summary>A copy of what was accepted so far.</summary>
    public SortedDictionary<string, SortedDictionary<long, string>> Snapshot()
    {
        var copy = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        foreach (var (labels, samples) in Accepted) copy.Add(labels, new SortedDictionary<long, string>(samples));
        return copy;
    }

    private static LabelSet LabelsOf(int series) =>
        LabelSet.FromStrings(("__name__", "m"), ("series", series.ToString("D4", provider: null)));

    private void Remember(int series, long t, string value)
    {
        var labels = LabelsOf(series).ToString();
        if (!Accepted.TryGetValue(labels, out var samples)) Accepted[labels] = samples = [];
        samples[t] = value;
    }
}
