using System.Linq;
using System.Diagnostics;
using System.Globalization;
using System.Text;
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
    private readonly HashSet<(string Series, long T)> _deleted = [];
    private readonly HashSet<(string Series, long T)> _exemplars = [];
    private readonly Dictionary<string, long> _metadata = [];
    private readonly Dictionary<string, List<(string Series, long T)>> _deleting = [];
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
        var words = line.Split(' ');
        if (words.Length < 3) return; // The line that says that it is ready.
        var (series, t) = (words[1], long.Parse(words[2], CultureInfo.InvariantCulture));
        switch (words[0])
        {
            case Lines.Exemplar: _exemplars.Add((series, t)); break;
            case Lines.Metadata: _metadata[series] = t; break;
            case Lines.Deleting: // From here on they may be gone.
                var to = long.Parse(words[3], CultureInfo.InvariantCulture);
                _deleting[series] = [.. _acknowledged.Where(s => s.Series == series && s.T >= t && s.T <= to)];
                _acknowledged.ExceptWith(_deleting[series]);
                break;
            case Lines.Deleted: _deleted.UnionWith(_deleting[series]); break;
            default:
                _newestMs = Math.Max(_newestMs, t);
                _acknowledged.Add((series, t));
                break;
        }
    }

    private string? Check(Options options)
    {
        using var database = Database.Open(options.ToDatabase(new ManualClock()));
        var stored = new Dictionary<string, SortedDictionary<long, string>>();
        foreach (var (labels, samples) in HistogramDump.Of(database)) stored.Add(labels.ToString(), samples);
        var retainedMs = database.Blocks.Count == 0 ? long.MinValue
            : database.Blocks.Max(block => block.Meta.MaxTimeMs) - Options.RetentionMs;
        _acknowledged.RemoveWhere(sample => sample.T < retainedMs);
        _deleted.RemoveWhere(sample => sample.T < retainedMs);
        foreach (var (series, t) in _deleted)
        {
            if (stored.TryGetValue(KnownSample.Labels(series).ToString(), out var samples) && samples.ContainsKey(t))
                return $"{series} {t} was deleted";
        }
        foreach (var (series, t) in _acknowledged)
        {
            if (!stored.TryGetValue(KnownSample.Labels(series).ToString(), out var samples)) return $"series {series} is lost";
            if (!samples.TryGetValue(t, out var value)) return $"{series} {t} is lost";
            var expected = KnownSample.IsHistogram(series)
                ? HistogramDump.Content(HistogramJson.Describe(KnownSample.Histogram(series, t)))
                : KnownSample.Bits(series, t).ToString("x16", CultureInfo.InvariantCulture);
            if (HistogramDump.Content(value) != expected) return $"{series} {t} is {value}, acknowledged was {expected}";
        }
        return CheckBesides(database);
    }

    /// <summary>The log says nothing of exemplars whose time is in blocks, a memory snapshot nothing of metadata.</summary>
    private string? CheckBesides(Database database)
    {
        var newestEnd = database.Blocks.Where(static block => block.Meta.Hints.Count == 0)
            .Max(static block => (long?)block.Meta.MaxTimeMs) ?? long.MinValue;
        _exemplars.RemoveWhere(exemplar => exemplar.T < newestEnd);
        var stored = new HashSet<(string, long)>();
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
            stored.UnionWith(series.Exemplars.Select(e => (series.Labels.ToString(), e.TimestampMs)));
        foreach (var (series, t) in _exemplars)
            if (!stored.Contains((KnownSample.Labels(series).ToString(), t))) return $"exemplar {series} {t} is lost";
        var found = database.SelectMetadata(HistogramDump.Everything)
            .ToDictionary(static entry => entry.Labels.ToString(), static entry => Encoding.UTF8.GetString(entry.Metadata.Help));
        foreach (var (series, number) in _metadata)
        {
            if (!found.TryGetValue(KnownSample.Labels(series).ToString(), out var text))
                return database.Options.MemorySnapshotOnShutdown ? null : $"metadata of {series} is lost";
            if (long.Parse(text, CultureInfo.InvariantCulture) < number) return $"metadata of {series} is {text}, not {number}";
        }
        return null;
    }
}
