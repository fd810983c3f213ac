using Tsdb;

namespace Engine;

/// <summary>What requests notice while a block is cut from the head.</summary>
internal static class CutCommand
{
    private const long HourMs = 3_600_000;

    public static void Run(EngineOptions options)
    {
        using var folder = new WorkFolder(options.Data);
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var share = options.Series / options.Threads;
        var appenders = new PacedAppender[options.Threads];
        var filling = new UsageClock();
        for (var i = 0; i < options.Threads; i++)
        {
            var workload = new Workload(options, i * share, share);
            var filler = new Filler(database, workload, options);
            filler.CreateAll("create");
            filling.Start();
            filler.AppendRounds(1, options.Rounds, "fill");
            filling.Stop();
            var batchSeconds = filling.Wall.TotalSeconds / workload.Batches / Math.Max(1, options.Rounds - 1) / (i + 1);
            appenders[i] = new PacedAppender(filler, workload, options.Rounds, batchSeconds / options.Load);
        }
        GC.Collect();
        Measure(options, database, appenders);
    }

    private static void Measure(EngineOptions options, Database database, PacedAppender[] appenders)
    {
        var table = new Table(
            "cut", "requests", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "late p99", "late max", "peak MiB", "CPU s", "wall s");
        foreach (var appender in appenders) appender.Start();
        Phase(table, "before", appenders, () => Wait(TimeSpan.FromSeconds(options.Seconds)));
        // The clock of a head that is due: more than one and a half ranges after its oldest sample.
        var blocks = 0;
        Phase(table, "during", appenders, () => blocks = database.CutDueBlocks(Workload.StartMs + (4 * HourMs)).Count);
        Phase(table, "after", appenders, () => Wait(TimeSpan.FromSeconds(options.Seconds)));
        foreach (var appender in appenders) appender.Dispose();
        Console.WriteLine($"blocks {blocks}");
    }

    private static void Phase(Table table, string name, PacedAppender[] appenders, Action work)
    {
        foreach (var appender in appenders) appender.TakeLatencies();
        UsageClock.ResetPeak();
        var clock = new UsageClock();
        clock.Start();
        work();
        clock.Stop();
        var service = new List<double>();
        var late = new List<double>();
        foreach (var appender in appenders)
        {
            foreach (var (serviceMs, lateMs) in appender.TakeLatencies())
            {
                service.Add(serviceMs);
                late.Add(lateMs);
            }
        }
        service.Sort();
        late.Sort();
        table.Row(
            name, service.Count, At(service, 0.5), At(service, 0.99), At(service, 0.999), At(service, 1), At(late, 0.99),
            At(late, 1), Table.Mib(UsageClock.PeakRssBytes), clock.Cpu.TotalSeconds, clock.Wall.TotalSeconds);
    }

    private static double At(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Min((int)(share * sorted.Count), sorted.Count - 1)];

    private static void Wait(TimeSpan time)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(time);
    }
}
