using System.Globalization;

namespace Engine;

/// <summary>What to measure and how much of it.</summary>
internal sealed record EngineOptions
{
    public const string Usage = """
        engine COMMAND [options]: what the storage engine costs by itself, without HTTP. One table line a result.

          append       in-order samples of known series: CPU for a million, bytes allocated on the GC heap
          create       series that were never seen, with their first sample: CPU for a million, resident bytes
          replay       writes a log, copies the directory without closing it and opens the copy in a process of its own:
                       CPU for a sample, time, resident bytes after and at most
          open         only the second half of replay, on the directory that --data names, which changes it;
                       --series and --rounds say what the log holds
          cut          fills a head and cuts a block from it while an appender goes on: latency of requests and resident
                       bytes before, during and after
          select       10 000 series of a million by two matchers, one of them a pattern: time, CPU and bytes allocated
          histograms   native histograms of 40 buckets

          --series N       series (1000000; histograms: 10000)
          --rounds N       samples of each series (append 20, replay 60, cut 240, histograms 200, select 1)
          --batch N        samples of a request (2000)
          --step SECONDS   distance of a series' samples (15; cut 30)
          --threads N      appenders at once (1); append and cut only
          --load F         cut: share of what the appenders can take that is sent meanwhile (0.5)
          --seconds N      cut: how long requests are timed before the cut begins (10)
          --buckets N      histograms: buckets of each (40)
          --runs N         select, replay: how often (select 20, replay 1)
          --data DIR       where the database goes (a temporary directory); replay keeps the log there and uses it again
          --seed N         another seed gives other values (1)

        CPU is user and kernel time of the whole process, background work included, less what making the input takes.
        """;

    private static readonly string[] Commands = ["append", "create", "replay", "open", "cut", "select", "histograms"];

    public required string Command { get; init; }
    public int Series { get; init; }
    public int Rounds { get; init; }
    public int Batch { get; init; }
    public long StepMs { get; init; }
    public int Threads { get; init; }
    public double Load { get; init; }
    public double Seconds { get; init; }
    public int Buckets { get; init; }
    public int Runs { get; init; }
    public string Data { get; init; } = "";
    public ulong Seed { get; init; }

    /// <exception cref="FormatException">A command or option is unknown, lacks its value or is out of range.</exception>
    public static EngineOptions Parse(IReadOnlyList<string> arguments)
    {
        var command = arguments[0];
        if (Array.IndexOf(Commands, command) < 0) throw new FormatException($"unknown command {command}; see --help");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count) throw new FormatException($"{arguments[i]} needs a value");
            values[arguments[i]] = arguments[i + 1];
        }
        var rounds = command switch
        {
            "cut" => 240,
            "replay" or "open" => 60,
            "histograms" => 200,
            "select" or "create" => 1,
            _ => 20,
        };
        values.Remove("--data", out var data);
        var options = new EngineOptions
        {
            Command = command,
            Series = (int)Number(values, "--series", command == "histograms" ? 10_000 : 1_000_000, 1, 100_000_000),
            Rounds = (int)Number(values, "--rounds", rounds, 1, 1_000_000),
            Batch = (int)Number(values, "--batch", 2000, 1, 100_000),
            StepMs = (long)(1000 * Number(values, "--step", command == "cut" ? 30 : 15, 0.001, 1e5)),
            Threads = (int)Number(values, "--threads", 1, 1, 64),
            Load = Number(values, "--load", 0.5, 0.01, 1),
            Seconds = Number(values, "--seconds", 10, 1, 1e5),
            Buckets = (int)Number(values, "--buckets", 40, 1, 10_000),
            Runs = (int)Number(values, "--runs", command == "select" ? 20 : 1, 1, 100_000),
            Data = data ?? "",
            Seed = (ulong)Number(values, "--seed", 1, 0, 1e15),
        };
        foreach (var name in values.Keys) throw new FormatException($"unknown option {name}");
        if (command == "open" && options.Data.Length == 0) throw new FormatException("open needs --data");
        return options;
    }

    private static double Number(Dictionary<string, string> values, string name, double fallback, double min, double max)
    {
        if (!values.Remove(name, out var text)) return fallback;
        if (double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"{name} {text}: not a number from {min} to {max}"));
    }
}
