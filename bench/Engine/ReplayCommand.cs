using System.Diagnostics;
using System.Globalization;
using Tsdb;

namespace Engine;

/// <summary>What it costs to read the log at start.</summary>
internal static class ReplayCommand
{
    /// <summary>Writes a log unless <c>--data</c> has one, and opens copies of it in fresh processes.</summary>
    public static void Run(EngineOptions options)
    {
        using var folder = new WorkFolder(options.Data);
        var written = Path.Combine(folder.Path, $"log-{options.Series}-{options.Rounds}");
        if (!Directory.Exists(written)) Write(options, written);
        for (var run = 0; run < options.Runs; run++)
        {
            var copy = Path.Combine(folder.Path, "copy");
            Copy(written, copy);
            using var child = Process.Start(Environment.ProcessPath!, ["open", "--data", copy, .. Size(options)])!;
            child.WaitForExit();
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>Opens a database and tells what that took.</summary>
    public static void Open(EngineOptions options)
    {
        UsageClock.ResetPeak();
        var before = UsageClock.RssBytes;
        var clock = new UsageClock();
        clock.Start();
        using var database = Database.Open(
            new DatabaseOptions { Directory = options.Data, Log = Console.Error.WriteLine });
        clock.Stop();
        var peak = UsageClock.PeakRssBytes;
        GC.Collect();
        var samples = (long)options.Series * options.Rounds;
        var table = new Table(
            "replay", "samples", "series", "CPU ns/sample", "CPU s", "wall s", "start MiB", "peak MiB", "after MiB");
        table.Row(
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores"), samples, database.SeriesCount,
            clock.Cpu.TotalSeconds / samples * 1e9, clock.Cpu.TotalSeconds, clock.Wall.TotalSeconds, Table.Mib(before),
            Table.Mib(peak), Table.Mib(UsageClock.RssBytes));
    }

    private static string[] Size(EngineOptions options) =>
        ["--series", options.Series.ToString(CultureInfo.InvariantCulture),
            "--rounds", options.Rounds.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Fills a database and keeps a copy of what is on disk before it is closed, as after a crash.</summary>
    private static void Write(EngineOptions options, string to)
    {
        var live = to + ".live";
        if (Directory.Exists(live)) Directory.Delete(live, recursive: true);
        using (var database = Database.Open(new DatabaseOptions { Directory = live }))
        {
            var workload = new Workload(options, 0, options.Series);
            var filler = new Filler(database, workload, options);
            filler.CreateAll("create");
            filler.AppendRounds(1, options.Rounds, "write the log");
            Copy(live, to);
        }
        Directory.Delete(live, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) != "lock") File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}
