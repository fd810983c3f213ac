using System.Globalization;

namespace Load;

/// <summary>What to send, where and how fast. Defaults are the workload that docs/benchmarks.md quotes.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        load --url URL [options]: writes remote-write 1.0 requests and says what they cost.

          --url URL            where to, e.g. http://127.0.0.1:19291/api/v1/receive
          --series N           series; each gets one sample a round (100000)
          --labels N           labels of a series, 4 or more; histogram buckets have all of them, others one less (13)
          --churn F            share of the series replaced by new ones each round, 0 to 1 (0)
          --batch N            samples of a request (2000)
          --connections N      keep-alive connections, one request in flight on each (4)
          --rounds N           rounds, the first of which creates the series (20)
          --duration SECONDS   ends after this time instead of a number of rounds
          --interval SECONDS   starts a round this often, timestamps are the clock's; without it rounds follow at once
          --rate N             samples a second at most, evenly spread; latency then counts from when a request was due
          --step SECONDS       distance of timestamps when rounds follow at once (15)
          --tenant NAME        sends THANOS-TENANT: NAME
          --header 'K: V'      sends one more header; may be repeated
          --pid PID[,PID...]   reads CPU time and memory of these processes, and adds them up
          --settle SECONDS     waits at the end and counts the CPU time of background work too (0)
          --seed N             another seed gives other values (1)
          --report FILE        writes the results as key=value lines, for scripts
          --latencies FILE     writes a line for each request: when it was due (Unix milliseconds), its latency (microseconds)
        """;

    public required Uri Url { get; init; }
    public int Series { get; init; } = 100_000;
    public int Labels { get; init; } = 13;
    public double Churn { get; init; }
    public int Batch { get; init; } = 2000;
    public int Connections { get; init; } = 4;
    public int Rounds { get; init; } = 20;
    public TimeSpan Duration { get; init; } = TimeSpan.Zero;
    public TimeSpan Interval { get; init; } = TimeSpan.Zero;
    public double RatePerSecond { get; init; }
    public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(15);
    public IReadOnlyList<string> Headers { get; init; } = [];
    public IReadOnlyList<int> Pids { get; init; } = [];
    public TimeSpan Settle { get; init; } = TimeSpan.Zero;
    public ulong Seed { get; init; } = 1;
    public string Report { get; init; } = "";
    public string Latencies { get; init; } = "";

    /// <summary>Requests of one round.</summary>
    public int Batches => (Series + Batch - 1) / Batch;

    /// <exception cref="FormatException">An option is unknown, lacks its value or has a value out of range.</exception>
    public static LoadOptions Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var headers = new List<string>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count) throw new FormatException($"{arguments[i]} needs a value");
            if (arguments[i] == "--header") headers.Add(arguments[i + 1]);
            else if (arguments[i] == "--tenant") headers.Add("THANOS-TENANT: " + arguments[i + 1]);
            else values[arguments[i]] = arguments[i + 1];
        }
        var url = Take(values, "--url", "");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var target) || target.Scheme != Uri.UriSchemeHttp)
            throw new FormatException($"--url must be an http URL, not \"{url}\"");
        var options = new LoadOptions
        {
            Url = target,
            Headers = headers,
            Series = (int)Number(values, "--series", 100_000, 1, 100_000_000),
            Labels = (int)Number(values, "--labels", 13, 4, 100),
            Churn = Number(values, "--churn", 0, 0, 1),
            Batch = (int)Number(values, "--batch", 2000, 1, 100_000),
            Connections = (int)Number(values, "--connections", 4, 1, 1000),
            Rounds = (int)Number(values, "--rounds", 20, 1, 10_000_000),
            Duration = TimeSpan.FromSeconds(Number(values, "--duration", 0, 0, 1e7)),
            Interval = TimeSpan.FromSeconds(Number(values, "--interval", 0, 0, 1e5)),
            RatePerSecond = Number(values, "--rate", 0, 0, 1e9),
            Step = TimeSpan.FromSeconds(Number(values, "--step", 15, 0.001, 1e5)),
            Pids = ParsePids(Take(values, "--pid", "")),
            Settle = TimeSpan.FromSeconds(Number(values, "--settle", 0, 0, 1e5)),
            Seed = (ulong)Number(values, "--seed", 1, 0, 1e15),
            Report = Take(values, "--report", ""),
            Latencies = Take(values, "--latencies", ""),
        };
        foreach (var name in values.Keys) throw new FormatException($"unknown option {name}");
        return options;
    }

    private static int[] ParsePids(string text)
    {
        var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return Array.ConvertAll(
            parts,
            static part => int.TryParse(part, CultureInfo.InvariantCulture, out var pid)
                ? pid
                : throw new FormatException($"--pid {part}: not a number"));
    }

    private static string Take(Dictionary<string, string> values, string name, string fallback) =>
        values.Remove(name, out var text) ? text : fallback;

    private static double Number(Dictionary<string, string> values, string name, double fallback, double min, double max)
    {
        var text = Take(values, name, "");
        if (text.Length == 0) return fallback;
        if (double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"{name} {text}: not a number from {min} to {max}"));
    }
}
