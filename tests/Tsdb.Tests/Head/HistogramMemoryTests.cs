using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

/// <summary>Tests that look at the memory of the whole process, which no other test may change meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneGroup
{
    public const string Name = "alone";
}

/// <summary>What native histograms hold on the GC heap counts in the heads' share of memory.</summary>
[Collection(AloneGroup.Name)]
public sealed class HistogramMemoryTests
{
    private const long Start = 1_700_000_000_000;

    [Fact]
    public void Histograms_OnTheHeap_AreCountedAsTheCollectorSeesThem()
    {
        const int Count = 2000;
        using var folder = new TempFolder();
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var labels = new LabelSet[Count];
        for (var i = 0; i < Count; i++) labels[i] = LabelSet.FromStrings(("__name__", "latency"), ("pod", $"pod-{i}"));
        var sample = new HistogramSample { Count = 120 };
        sample.PositiveSpans.Add(new BucketSpan(0, 40));
        for (var i = 0; i < 40; i++) sample.PositiveBuckets.Add((ulong)(i == 0 ? 3 : 0));
        using (var appender = database.CreateAppender()) // The series, so that only histograms are between the two looks.
        {
            foreach (var series in labels) appender.Append(series, Start, 1.0);
            appender.Commit();
        }
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var t = 1; t <= 3; t++)
        {
            using var appender = database.CreateAppender();
            foreach (var series in labels) Assert.Equal(AppendResult.Appended, appender.Append(series, Start + t, sample));
            appender.Commit();
        }

        var seen = GC.GetTotalMemory(forceFullCollection: true) - before;

        var counted = database.HeadMemory.Histograms;
        Assert.True(counted > seen * 2 / 3 && counted < seen * 3 / 2, $"counted {counted} of {seen}");
        Assert.True(OwnedBytes.Total >= counted);
    }
}
