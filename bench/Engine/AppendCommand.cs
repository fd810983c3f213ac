using Tsdb;

namespace Engine;

/// <summary>What a sample of a known series costs.</summary>
internal static class AppendCommand
{
    /// <summary>Rounds before the clock starts: methods get their final code, chunks their first line.</summary>
    private const int WarmUpRounds = 3;

    public static void Run(EngineOptions options)
    {
        using var folder = new WorkFolder(options.Data);
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var share = options.Series / options.Threads;
        var workloads = new Workload[options.Threads];
        var fillers = new Filler[options.Threads];
        for (var i = 0; i < options.Threads; i++)
        {
            workloads[i] = new Workload(options, i * share, share);
            fillers[i] = new Filler(database, workloads[i], options);
            fillers[i].CreateAll("create");
            fillers[i].AppendRounds(1, WarmUpRounds, "warm-up");
        }
        // The same input once without the engine, to know what making it takes.
        var input = new UsageClock();
        input.Start();
        foreach (var workload in workloads)
        {
            for (var batch = 0; batch < workload.Batches; batch++) workload.Make(batch, WarmUpRounds);
        }
        input.Stop();
        Measure(options, fillers, input, (double)share * options.Threads);
    }

    private static void Measure(EngineOptions options, Filler[] fillers, UsageClock input, double series)
    {
        var clock = new UsageClock();
        var collections = GC.CollectionCount(0);
        var allocated = GC.GetTotalAllocatedBytes();
        clock.Start();
        var threads = Array.ConvertAll(
            fillers,
            filler => new Thread(() => filler.AppendRounds(WarmUpRounds, WarmUpRounds + options.Rounds, "append")));
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        clock.Stop();
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var samples = series * options.Rounds;
        var cpu = clock.Cpu.TotalSeconds - (input.Cpu.TotalSeconds * options.Rounds);
        var table = new Table(
            "append", "samples", "CPU-s/M", "input", "samples/s", "B/sample", "gen0", "RSS MiB");
        table.Row(
            $"{options.Series} series, {options.Threads} at once", (long)samples, cpu / samples * 1e6,
            input.Cpu.TotalSeconds / series * 1e6, (long)(samples / clock.Wall.TotalSeconds), allocated / samples,
            GC.CollectionCount(0) - collections, Table.Mib(UsageClock.RssBytes));
    }
}
