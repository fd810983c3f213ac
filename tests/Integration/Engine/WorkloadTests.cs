using System.Globalization;
using Integration.Fixture;

namespace Integration.Engine;

/// <summary>Real tools read every block and every log that the engine writes under random workloads.</summary>
/// <remarks><c>SOAK_SEEDS</c> is how many seeds to check (200), <c>SOAK_FIRST</c> the first (1); tests/tools/soak sets
/// them.</remarks>
[Trait("Category", "Slow")]
public class WorkloadTests
{
    private const int UsualSeeds = 200;
    private const int ReportEvery = 100;

    [SkippableFact]
    public async Task Directory_OfARandomWorkload_IsWhatPromtoolReads()
    {
        Programs.Require("prometheus", "promtool");
        NewerTools.Require();
        var (first, seeds) = (Setting("SOAK_FIRST", 1), Setting("SOAK_SEEDS", UsualSeeds));
        var done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        await Parallel.ForAsync(first, first + seeds, parallel, async (seed, _) =>
        {
            using var copies = new TempCopies();
            await WorkloadCheck.RunAsync(seed, copies);
            if (Interlocked.Increment(ref done) % ReportEvery == 0 && seeds > UsualSeeds) Report($"{done} of {seeds} seeds");
        });
    }

    /// <summary>Seeds beyond the usual ones that found something once. 1042: markers that end histograms came back from a chunk
    /// file as what they were, from the log they would have been floats.</summary>
    [SkippableTheory]
    [InlineData(1042)]
    public async Task Directory_OfASeedThatFoundSomething_IsWhatPromtoolReads(int seed)
    {
        Programs.Require("prometheus", "promtool");
        NewerTools.Require();
        using var copies = new TempCopies();
        await WorkloadCheck.RunAsync(seed, copies, isPlain: true);
    }

    /// <summary>To the file that the soak script follows.</summary>
    private static void Report(string line)
    {
        if (Environment.GetEnvironmentVariable("SOAK_REPORT") is { Length: > 0 } file) File.AppendAllText(file, line + "\n");
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
