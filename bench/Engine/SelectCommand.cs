using System.Diagnostics;
using System.Text;
using Tsdb;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Engine;

/// <summary>What it takes to find ten thousand of a million series.</summary>
internal static class SelectCommand
{
    private const string Metric = "checkout0_http_request_duration_seconds_bucket";

    /// <summary>About a hundredth of the series each, by a second matcher of another kind.</summary>
    private static readonly (string Name, MatchType Type, string Label, string Value)[] Queries =
    [
        ("no pattern: one value", MatchType.Equal, "handler", "/api/v2/orders"),
        ("a list of values", MatchType.Regex, "le", "0.1|0.25|0.5|1|2.5|5|10|\\+Inf"),
        ("a prefix of 50 000 values", MatchType.Regex, "pod", "checkout0-[0-9a].+"),
        ("a pattern over 50 000 values", MatchType.Regex, "instance", ".+[0-6]:9102"),
        ("not a pattern", MatchType.NotRegex, "pod", "checkout0-[0-5].+"),
        ("few values: a pattern", MatchType.Regex, "le", "0.[0-9]+|1|5"),
    ];

    public static void Run(EngineOptions options)
    {
        using var folder = new WorkFolder(options.Data);
        using var database = Database.Open(new DatabaseOptions { Directory = folder.Path });
        var filler = new Filler(database, new Workload(options, 0, options.Series), options);
        filler.CreateAll("create");
        filler.AppendRounds(1, options.Rounds, "fill");
        var table = new Table("select", "series", "first ms", "p50 ms", "p99 ms", "max ms", "CPU ms", "KiB/run", "drain ms");
        foreach (var (name, type, label, value) in Queries)
        {
            Matcher[] matchers = [Create(MatchType.Equal, "__name__", Metric), Create(type, label, value)];
            Measure(table, name, database, matchers, options.Runs);
        }
    }

    /// <summary>Times the selection up to its first series, and the walk over the rest with their chunks.</summary>
    private static void Measure(Table table, string name, Database database, Matcher[] matchers, int runs)
    {
        var times = new List<double>();
        var (clock, drain) = (new UsageClock(), new UsageClock());
        var (count, first) = (0, 0.0);
        for (var run = 0; run <= runs; run++)
        {
            if (run > 0) clock.Start();
            var started = Stopwatch.GetTimestamp();
            using var series = database.Select(0, long.MaxValue, matchers, skipChunks: false);
            var any = series.MoveNext();
            var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (run > 0) clock.Stop();
            drain.Start();
            for (count = any ? 1 : 0; series.MoveNext();) count++;
            drain.Stop();
            if (run == 0) first = milliseconds;
            else times.Add(milliseconds);
        }
        times.Sort();
        table.Row(
            name, count, first, times[times.Count / 2], times[times.Count * 99 / 100], times[^1],
            clock.Cpu.TotalMilliseconds / runs, clock.AllocatedBytes / 1024 / runs, drain.Wall.TotalMilliseconds / (runs + 1));
    }

    private static Matcher Create(MatchType type, string name, string value) =>
        Matcher.TryCreate(type, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value), out var matcher, out var error)
            ? matcher
            : throw new FormatException(error);
}
