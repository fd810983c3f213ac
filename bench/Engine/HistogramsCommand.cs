using Tsdb;
using Tsdb.Chunks;
using Tsdb.Head;

namespace Engine;

/// <summary>What a native histogram costs.</summary>
internal static class HistogramsCommand
{
    public static void Run(EngineOptions options)
    {
        var table = new Table(
            "histograms", "appended", "CPU ns", "kernel ns", "input ns", "B each", "gen0", "B/chunk sample", "RSS MiB");
        foreach (var isFloat in (bool[])[false, true])
        {
            using var folder = new WorkFolder(options.Data);
            using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
            var filler = new Filler(database, new Workload(options, 0, options.Series), options);
            filler.CreateAll("create");
            Measure(table, database, options, isFloat);
        }
    }

    private static void Measure(Table table, Database database, EngineOptions options, bool isFloat)
    {
        var histograms = new Histograms(options, isFloat);
        var workload = new Workload(options, 0, options.Series);
        var (clock, input) = (new UsageClock(), new UsageClock());
        var collections = 0;
        var allocated = 0L;
        const int WarmUp = 60; // Until everything is compiled for good, and two chunks of every series were cut.
        var progress = new Progress("histograms", options.Rounds + WarmUp);
        for (var round = 1; round <= options.Rounds + WarmUp; round++)
        {
            var isCounted = round > WarmUp;
            if (round == WarmUp + 1) (collections, allocated) = (GC.CollectionCount(0), GC.GetTotalAllocatedBytes());
            for (var batch = 0; batch < workload.Batches; batch++)
            {
                if (isCounted) input.Start();
                var items = workload.Make(batch, round);
                var samples = histograms.Make(batch, round, items.Length);
                if (isCounted) input.Stop();
                if (isCounted) clock.Start();
                Append(database, items, samples);
                if (isCounted) clock.Stop();
            }
            progress.Step();
        }
        var count = (double)options.Series * options.Rounds;
        table.Row(
            $"{options.Series} series, {options.Buckets} buckets, {(isFloat ? "float" : "integer")}", (long)count,
            clock.Cpu.TotalSeconds / count * 1e9, clock.Kernel.TotalSeconds / count * 1e9, input.Cpu.TotalSeconds / count * 1e9,
            (GC.GetTotalAllocatedBytes() - allocated) / count, GC.CollectionCount(0) - collections,
            ChunkBytes(database) / (double)options.Series / (options.Rounds + WarmUp + 1), Table.Mib(UsageClock.RssBytes));
    }

    private static void Append(Database database, Span<AppendItem> items, ReadOnlySpan<HistogramSample> samples)
    {
        using var appender = database.CreateAppender();
        appender.Find(items);
        for (var i = 0; i < items.Length; i++)
        {
            var item = new HistogramItem
            {
                SeriesIndex = items[i].SeriesIndex, TimestampMs = items[i].TimestampMs, Sample = samples[i],
            };
            appender.AppendHistogram(ref item);
            if (item.Result != AppendResult.Appended)
                throw new InvalidDataException($"a histogram was {item.Result} {item.Fault}");
        }
        appender.Commit();
    }

    private static long ChunkBytes(Database database)
    {
        var bytes = 0L;
        using var series = database.Select(
            0, long.MaxValue, [Matcher("__name__")], skipChunks: false);
        while (series.MoveNext())
        {
            foreach (var chunk in series.Chunks) bytes += chunk.Data.Length;
        }
        return bytes;
    }

    private static Tsdb.Labels.Matcher Matcher(string name) =>
        Tsdb.Labels.Matcher.TryCreate(
            Tsdb.Labels.MatchType.NotEqual, System.Text.Encoding.UTF8.GetBytes(name), [], out var matcher, out var error)
            ? matcher
            : throw new FormatException(error);
}
