using System.Linq;
using System.Diagnostics;
using System.Globalization;
using CrashWriter;
using TestKit;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Crashes;

/// <summary>A process that writes with several threads is killed again and again, on the same directory: each time everything
/// that it had acknowledged is there.</summary>
[Trait("Category", "Slow")]
public sealed class KillRoundsTests : IDisposable
{
    private const int Rounds = 50;
    private const int RoundsMin = 5;
    private const long Start = 1_700_000_000_000;

    /// <summary>A busy machine gets fewer rounds instead of more time.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(150);

    private readonly TempFolder _folder = new();
    private readonly HashSet<(string Series, long T)> _acknowledged = [];
    private long _newestMs = Start;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WalFsync.Segment)]
    [InlineData(WalFsync.Commit)]
    public async Task Open_AfterAKill_HasWhatWasAcknowledged(WalFsync fsync)
    {
        const int Seed = 20_261_121;
        var random = new Random(Seed);
        var started = Stopwatch.GetTimestamp();
        var round = 0;
        for (; round < Rounds && (round < RoundsMin || Stopwatch.GetElapsedTime(started) < TimeMax); round++)
        {
            var options = new Options(_folder.At("db"), fsync, Seed + round, _newestMs + 1000);
            await RunAndKillAsync(options, random.Next(1, 600), random.Next(20_000));
            var problem = Check(options);
            Assert.True(problem is null, $"seed {Seed}, round {round}: {problem}");
        }
        Assert.True(_acknowledged.Count > 100 * RoundsMin, $"only {_acknowledged.Count} samples acknowledged");
    }

    /// <summary>Runs the program and kills it some time after so many lines.</summary>
    private async Task RunAndKillAsync(Options options, int lines, int spins)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "CrashWriter.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. options.ToArguments()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput;
        for (var i = 0; i < lines; i++)
        {
            var line = await output.ReadLineAsync();
            Assert.True(line is not null, line is null ? $"it ended by itself: {await errors}" : "");
            Take(line!);
        }
        Thread.SpinWait(spins);
        process.Kill();
        var rest = await output.ReadToEndAsync();
        await process.WaitForExitAsync();
        var end = rest.LastIndexOf('\n'); // The signal may have come in the middle of a line.
        foreach (var line in rest[..(end + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)) Take(line);
        Assert.DoesNotContain("Exception", await errors, StringComparison.Ordinal);
    }

    private void Take(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return; // The line that says that it is ready.
        var t = long.Parse(line.AsSpan(space + 1), CultureInfo.InvariantCulture);
        _newestMs = Math.Max(_newestMs, t);
        _acknowledged.Add((line[..space], t));
    }

    private string? Check(Options options)
    {
        using var database = Database.Open(options.ToDatabase(new ManualClock()));
        var stored = new Dictionary<string, SortedDictionary<long, string>>();
        foreach (var (labels, samples) in HistogramDump.Of(database)) stored.Add(labels.ToString(), samples);
        var retainedMs = database.Blocks.Count == 0 ? long.MinValue
            : database.Blocks.Max(block => block.Meta.MaxTimeMs) - Options.RetentionMs;
        _acknowledged.RemoveWhere(sample => sample.T < retainedMs);
        foreach (var (series, t) in _acknowledged)
        {
            if (!stored.TryGetValue(KnownSample.Labels(series).ToString(), out var samples)) return $"series {series} is lost";
            if (!samples.TryGetValue(t, out var value)) return $"{series} {t} is lost";
            var expected = KnownSample.IsHistogram(series)
                ? HistogramDump.Content(HistogramJson.Describe(KnownSample.Histogram(series, t)))
                : KnownSample.Bits(series, t).ToString("x16", CultureInfo.InvariantCulture);
            if (HistogramDump.Content(value) != expected) return $"{series} {t} is {value}, acknowledged was {expected}";
        }
        return null;
    }
}
