using Tsdb;

namespace Engine;

/// <summary>What a new series costs, its first sample included.</summary>
internal static class CreateCommand
{
    public static void Run(EngineOptions options)
    {
        using var folder = new WorkFolder(options.Data);
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var workload = new Workload(options, 0, options.Series);
        var filler = new Filler(database, workload, options);
        GC.Collect();
        var before = UsageClock.RssBytes;
        var table = new Table("create", "series", "CPU-s/M", "series/s", "B/series", "gen0", "RSS B/series", "head B/series");
        var collections = GC.CollectionCount(0);
        var total = 0L;
        // In four parts: the first pays for compiling, each for the tables that double in it.
        for (var part = 0; part < 4; part++)
        {
            var clock = new UsageClock();
            var (from, end) = (workload.Batches * part / 4, workload.Batches * (part + 1) / 4);
            for (var batch = from; batch < end; batch++) filler.Create(batch, clock);
            var created = database.SeriesCount - total;
            total = database.SeriesCount;
            if (created == 0) continue;
            table.Row(
                $"part {part + 1} of 4", created, clock.Cpu.TotalSeconds / created * 1e6,
                (long)(created / clock.Wall.TotalSeconds), (double)clock.AllocatedBytes / created,
                GC.CollectionCount(0) - collections, (UsageClock.RssBytes - before) / total, database.HeadMemory.Total / total);
        }
    }
}
