using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

/// <summary>What a steady series of histograms costs, and that its newest sample is known wherever it is kept.</summary>
public sealed class HistogramAppendTests : IDisposable
{
    private const int SeriesCount = 100;
    private const long Start = 1_700_000_000_000;
    private const long StepMs = 15_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SteadyAppend_OfHistogramsWithTheLog_AllocatesNothing(bool isFloat)
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        var samples = new HistogramSample[SeriesCount];
        for (var i = 0; i < samples.Length; i++) samples[i] = new HistogramSample();
        var indexes = new uint[SeriesCount];
        // Longer than the largest chunk, so that every buffer has grown and chunks have been cut.
        for (var round = 1; round <= 600; round++) Append(database, samples, indexes, round, isFloat);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 601; round <= 680; round++) Append(database, samples, indexes, round, isFloat);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Append_NewestSampleAgain_IsADuplicateWhateverItsLayout(bool isFloat, bool hasAllBuckets)
    {
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path });
        var series = LabelSet.FromStrings(("__name__", "latency"));
        var (first, second) = (new HistogramSample(), new HistogramSample());
        Fill(first, 5, 1, isFloat);
        Fill(second, 5, 2, isFloat);
        if (!hasAllBuckets)
        {
            // A span of no buckets says nothing, so the chunk goes on in its own layout.
            second.NegativeSpans.Add(new BucketSpan(3, 0));
        }
        Assert.Equal(AppendResult.Appended, Append(database, series, Start, first));
        Assert.Equal(AppendResult.Appended, Append(database, series, Start + StepMs, second));

        Assert.Equal(AppendResult.Duplicate, Append(database, series, Start + StepMs, second));
        second.SumBits++;
        Assert.Equal(AppendResult.DuplicateConflict, Append(database, series, Start + StepMs, second));
    }

    private static AppendResult Append(Database database, LabelSet series, long t, HistogramSample sample)
    {
        using var appender = database.CreateAppender();
        var result = appender.Append(series, t, sample);
        appender.Commit();
        return result;
    }

    private static void Append(Database database, HistogramSample[] samples, uint[] indexes, int round, bool isFloat)
    {
        using var appender = database.CreateAppender();
        for (var i = 0; i < samples.Length; i++)
        {
            Fill(samples[i], i, round, isFloat);
            if (round == 1)
            {
                var labels = LabelSet.FromStrings(("__name__", "latency"), ("pod", $"pod-{i}"));
                var created = new AppendItem { Key = new Tsdb.Memory.KeyHash((ulong)i + 1, 7) };
                appender.Create(ref created, labels.Encoded);
                indexes[i] = created.SeriesIndex;
            }
            var item = new HistogramItem
            {
                SeriesIndex = indexes[i], TimestampMs = Start + (round * StepMs), Sample = samples[i],
            };
            appender.AppendHistogram(ref item);
            Assert.True(item.Result == AppendResult.Appended, item.Fault);
        }
        appender.Commit();
    }

    private static void Fill(HistogramSample sample, int series, int round, bool isFloat)
    {
        sample.Clear();
        (sample.IsFloat, sample.Schema) = (isFloat, 3);
        sample.PositiveSpans.Add(new BucketSpan(-4, 20));
        sample.PositiveSpans.Add(new BucketSpan(2, 20));
        ulong total = 0;
        var previous = 0L;
        for (var i = 0; i < 40; i++)
        {
            var count = (ulong)((round * (1 + ((i * 7) % 11))) + ((round * series) % (i + 1)) + i);
            if (i % 3 == 0) count = (ulong)(i + (round / 10));
            count += (ulong)(round * 20);
            total += count;
            sample.PositiveBuckets.Add(isFloat ? BitConverter.DoubleToUInt64Bits(count) : (ulong)((long)count - previous));
            previous = (long)count;
        }
        sample.Count = isFloat ? BitConverter.DoubleToUInt64Bits(total) : total;
        sample.SumBits = BitConverter.DoubleToUInt64Bits(total * 0.7);
    }
}
