using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Tests.Chunks;

namespace Tsdb.Tests.Head;

/// <summary>Native histograms through everything a database does: commit, crash, chunk files, blocks, type changes.</summary>
public sealed class HistogramRoundTripTests : IDisposable
{
    private const long Start = 1_700_006_400_000; // On a block boundary.
    private const long Step = 15_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("integer")]
    [InlineData("float")]
    [InlineData("gauge")]
    [InlineData("custom")]
    public void Select_AfterCommitCrashAndFlush_GivesTheSameHistograms(string kind)
    {
        const int Count = 700; // Near three hours: cuts, saved chunks and two blocks.
        var expected = new SortedDictionary<long, string>();
        List<(LabelSet Labels, SortedDictionary<long, string> Samples)> before;
        using (var database = Open("db"))
        {
            for (var i = 0; i < Count; i++)
            {
                var sample = Sample(kind, i);
                Assert.Equal(AppendResult.Appended, Append(database, "h", Start + (i * Step), sample).Result);
                expected.Add(Start + (i * Step), Content(sample));
            }
            before = HistogramDump.Of(database);
            Copy("db", "crashed");
        }
        Assert.Equal(expected, Contents(before));
        using (var reopened = Open("crashed"))
        {
            Assert.Equal(Assert.Single(before).Samples, Assert.Single(HistogramDump.Of(reopened)).Samples);
            Assert.True(reopened.Flush().Count >= 2);
            var histograms = 0L;
            foreach (var block in reopened.Blocks)
            {
                histograms += block.Meta.Stats.HistogramSampleCount;
                Assert.Equal(0, block.Meta.Stats.FloatSampleCount);
            }
            Assert.Equal(Count - 1, histograms);
            Assert.Equal(expected, Contents(HistogramDump.Of(reopened)));
        }
        using (var again = Open("crashed")) Assert.Equal(expected, Contents(HistogramDump.Of(again)));
    }

    [Fact]
    public void Commit_KindsOfOneSeriesMixedInOneRequest_AllSurviveACrashInOrder()
    {
        using (var database = Open("db"))
        {
            using (var appender = database.CreateAppender())
            {
                var series = Find(appender, "h");
                for (var round = 0; round < 3; round++)
                {
                    var t = Start + (round * 100);
                    AppendFloat(appender, series, t, 1.5);
                    AppendHistogram(appender, series, t + 1, Sample("integer", round));
                    AppendHistogram(appender, series, t + 2, Sample("custom", round));
                    AppendHistogram(appender, series, t + 3, Sample("float", round));
                    AppendHistogram(appender, series, t + 4, Sample("integer", round));
                    AppendFloat(appender, series, t + 5, BitConverter.UInt64BitsToDouble(StaleMarker.Bits));
                }
                appender.Commit();
            }
            Copy("db", "crashed");
            Check(HistogramDump.Of(database));
        }
        using var reopened = Open("crashed");
        Check(HistogramDump.Of(reopened));

        static void Check(List<(LabelSet Labels, SortedDictionary<long, string> Samples)> dump)
        {
            var samples = Assert.Single(dump).Samples;
            Assert.Equal(18, samples.Count);
            // The stale marker came as a float and became a histogram's.
            Assert.Contains("7ff0000000000002", samples[Start + 205], StringComparison.Ordinal);
            Assert.StartsWith("False", samples[Start + 205], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AppendHistogram_SameTime_IsDuplicateOnlyWhenEqual()
    {
        using var database = Open("db");
        Assert.Equal(AppendResult.Appended, Append(database, "h", Start, Sample("integer", 5)).Result);
        Assert.Equal(AppendResult.Duplicate, Append(database, "h", Start, Sample("integer", 5)).Result);
        Assert.Equal(AppendResult.DuplicateConflict, Append(database, "h", Start, Sample("integer", 6)).Result);
        Assert.Equal(AppendResult.DuplicateConflict, Append(database, "h", Start, Sample("float", 5)).Result);
        Assert.Equal(AppendResult.OutOfOrder, Append(database, "h", Start - 1, Sample("integer", 5)).Result);
        Assert.Equal(AppendResult.OutOfBounds, Append(database, "h", Start - 7_200_000, Sample("integer", 5)).Result);
        using (var appender = database.CreateAppender())
        {
            var item = new AppendItem { SeriesIndex = Find(appender, "h"), TimestampMs = Start };
            appender.Append(new Span<AppendItem>(ref item));
            Assert.Equal(AppendResult.DuplicateConflict, item.Result); // A float of zero, and the histogram left no value bits.
        }
        var broken = Sample("integer", 5);
        broken.Count++;
        var refused = Append(database, "h", Start + 1, broken);
        Assert.Equal(AppendResult.InvalidHistogram, refused.Result);
        Assert.Contains("observations found in buckets", refused.Fault, StringComparison.Ordinal);
        Assert.Equal(1, database.HeadCounters.HistogramsAppended);
        Assert.Equal(1, database.HeadCounters.HistogramsInvalid);
    }

    [Fact]
    public void CutDueBlocks_LongAfterTheLastHistogram_ForgetsTheSeries()
    {
        using var database = Open("db");
        for (var i = 0; i < 300; i++) Append(database, "h", Start + (i * Step), Sample("integer", i));
        for (var i = 0; i < 30; i++) Append(database, "g", Start + (i * 1_800_000), Sample("gauge", i));
        Assert.True(database.CutDueBlocks(Start + (60 * 1_800_000)).Count > 1);
        database.CutDueBlocks(Start + (60 * 1_800_000)); // What was unlinked is freed by the next tick.
        Assert.Equal(1, database.SeriesCount);
        Assert.Equal(AppendResult.Appended, Append(database, "h", Start + (29 * 1_800_000), Sample("integer", 0)).Result);
        Assert.Equal(301, HistogramDump.Of(database)[1].Samples.Count);
    }

    private static HistogramSample Sample(string kind, int i)
    {
        var sample = new HistogramSample
        {
            IsFloat = kind is "float" or "gauge",
            Hint = kind == "gauge" ? CounterResetHint.Gauge : CounterResetHint.Unknown,
            Schema = kind == "custom" ? HistogramSample.CustomSchema : 3,
            SumBits = BitConverter.DoubleToUInt64Bits(i * 1.25),
        };
        var size = 2 + (kind == "gauge" ? i % 4 : i / 100); // Buckets come and, for gauges, go.
        sample.PositiveSpans.Add(new BucketSpan(1, (uint)size));
        if (kind == "custom")
            for (var bound = 0; bound <= size; bound++) sample.CustomBounds.Add(BitConverter.DoubleToUInt64Bits(bound + 0.1));
        else sample.ZeroThresholdBits = BitConverter.DoubleToUInt64Bits(0.001);
        var count = (ulong)i + 1;
        for (var bucket = 0; bucket < size; bucket++)
            sample.PositiveBuckets.Add(sample.IsFloat ? BitConverter.DoubleToUInt64Bits(count + 0.5) : bucket == 0 ? count : 0);
        sample.Count = sample.IsFloat ? BitConverter.DoubleToUInt64Bits(size * (count + 0.5)) : count * (ulong)size;
        return sample;
    }

    private static string Content(HistogramSample sample) => HistogramDump.Content(HistogramJson.Describe(sample));

    private static SortedDictionary<long, string> Contents(List<(LabelSet Labels, SortedDictionary<long, string> Samples)> dump)
    {
        var contents = new SortedDictionary<long, string>();
        foreach (var (t, sample) in Assert.Single(dump).Samples) contents.Add(t, HistogramDump.Content(sample));
        return contents;
    }

    private static HistogramItem Append(Database database, string name, long t, HistogramSample sample)
    {
        using var appender = database.CreateAppender();
        var item = AppendHistogram(appender, Find(appender, name), t, sample);
        appender.Commit();
        return item;
    }

    private static HistogramItem AppendHistogram(HeadAppender appender, uint series, long t, HistogramSample sample)
    {
        var item = new HistogramItem { SeriesIndex = series, TimestampMs = t, Sample = sample };
        appender.AppendHistogram(ref item);
        return item;
    }

    private static void AppendFloat(HeadAppender appender, uint series, long t, double value)
    {
        var item = new AppendItem { SeriesIndex = series, TimestampMs = t, ValueBits = BitConverter.DoubleToUInt64Bits(value) };
        appender.Append(new Span<AppendItem>(ref item));
        Assert.Equal(AppendResult.Appended, item.Result);
    }

    private static uint Find(HeadAppender appender, string name)
    {
        var labels = LabelSet.FromStrings(("__name__", name));
        using var scratch = new ByteBuffer();
        var item = new AppendItem { Key = CanonicalKey.Compute(labels.Encoded, scratch) };
        appender.Find(new Span<AppendItem>(ref item));
        if (item.SeriesIndex == AppendItem.NoSeries) appender.Create(ref item, labels.Encoded);
        return item.SeriesIndex;
    }

    private Database Open(string name) => Database.Open(new DatabaseOptions { Directory = _folder.At(name) });

    private void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(_folder.At(from), "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "lock") continue;
            var target = _folder.At(to, Path.GetRelativePath(_folder.At(from), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
