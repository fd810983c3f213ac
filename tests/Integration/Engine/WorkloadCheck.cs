using System.Globalization;
using System.Linq;
using Integration.Fixture;
using Tsdb.Blocks;
using Tsdb.Tests.Model;

namespace Integration.Engine;

/// <summary>Runs one seed's workload and lets promtool judge the directory it leaves.</summary>
internal static class WorkloadCheck
{
    /// <summary>Fails, naming the seed, unless the tools find every block sound and every sample of the model.</summary>
    /// <param name="seed">Of everything random.</param>
    /// <param name="copies">For the tools.</param>
    /// <param name="isPlain">Whether to leave out deletions, exemplars and snapshots.</param>
    public static async Task RunAsync(int seed, TempCopies copies, bool isPlain = false)
    {
        var workload = WorkloadGenerator.Make(seed, isPlain);
        using var run = new ModelRun(workload.Options);
        try
        {
            run.Run(workload.Steps);
            // Half of the directories as a killed process leaves them.
            var home = seed % 2 == 0 ? run.Close() : run.Home;
            var copy = copies.Take(home);
            foreach (var block in BlockDirectory.List(copy))
                await Promtool.AnalyzeAsync(NewerTools.Promtool, copy, block);
            if (HidesHead(run.Twin)) return;
            Compare(run.Twin, await PromtoolDump.RunAsync(NewerTools.Promtool, copy), floatsOnly: false);
            if (WorkloadGenerator.HasOnlyFloats(seed))
                Compare(run.Twin, await PromtoolDump.RunAsync("promtool", copies.Take(home)), floatsOnly: true);
        }
        catch (Exception e)
        {
            var kept = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"receiver-soak-{seed}"));
            if (!Directory.Exists(kept)) DirectoryCopy.Take(run.Home, kept);
            throw new InvalidOperationException($"{workload}{e.Message}\nthe directory is kept as {kept}", e);
        }
    }

    private static void Compare(Twin twin, SortedDictionary<string, List<string>> found, bool floatsOnly)
    {
        var unexpected = new SortedSet<string>(found.Keys, StringComparer.Ordinal);
        foreach (var (id, samples) in twin.Visible)
        {
            var name = SeriesName.Of(ModelSeries.Pairs(id));
            var lines = found.GetValueOrDefault(name, []);
            unexpected.Remove(name);
            if (IsRough(twin, id, floatsOnly)) continue;
            // Of two values of one time either may be printed.
            if (samples.Values.Any(static held => held.Exists(h => h.Value.Content != held[0].Value.Content))) continue;
            var difference = "";
            foreach (var seen in AsSeen(samples))
            {
                difference = Difference(PromtoolDump.Printed(seen, PrintedValue.KindOf, floatsOnly), lines);
                if (difference.Length == 0) break;
            }
            var all = string.Join(", ", samples.Select(static s => $"{s.Key} {s.Value[0].Value}"));
            Assert.True(difference.Length == 0, $"{name}, {difference}\nof: {all}");
        }
        foreach (var (id, _) in twin.Samples)
        {
            if (IsRough(twin, id, floatsOnly)) unexpected.Remove(SeriesName.Of(ModelSeries.Pairs(id)));
        }
        // Of a series that has nothing else left, what was deleted out of order is printed as long as its chunk is in a file.
        foreach (var (id, times) in twin.GoneLate)
        {
            var name = SeriesName.Of(ModelSeries.Pairs(id));
            if (!unexpected.Contains(name)) continue;
            if (found[name].TrueForAll(line => times.Contains(TimeOf(line)))) unexpected.Remove(name);
        }
        Assert.True(unexpected.Count == 0, $"not expected: {string.Join('\n', unexpected)}");
    }

    /// <summary>Whether samples of a series may be printed although they are deleted: the tools know no deletions of those out of
    /// order; of a chunk of the head the tool prints what is in a block, too; and 2.42 does not see that a deletion
    /// under a series' second reference in the log is the first's too.</summary>
    private static bool IsRough(Twin twin, int series, bool isOlderTool) =>
        twin.HasDeletedLate(series) || twin.HasDeletionInsideChunk(series)
        || (isOlderTool && twin.HasDeletionUnderTwoReferences(series));

    /// <summary>Whether a block of samples out of order is the newest: the tool then leaves out what the head has in its range.
    /// The servers do not.</summary>
    private static bool HidesHead(Twin twin)
    {
        var (inOrder, late) = (long.MinValue, long.MinValue);
        foreach (var block in twin.Blocks)
        {
            if (block.IsLate) late = Math.Max(late, block.End);
            else inOrder = Math.Max(inOrder, block.End);
        }
        return late > inOrder;
    }

    /// <summary>What a series may look like to the tools. A float's stale marker that ended histograms became one of theirs; in
    /// the log it is still a float, and replay makes it a histogram's only in later versions than these tools.</summary>
    private static IEnumerable<List<(long T, ModelValue Value)>> AsSeen(SortedDictionary<long, List<Held>> samples)
    {
        var seen = new List<(long T, ModelValue Value)>();
        foreach (var (t, held) in samples) seen.Add((t, held[0].Value));
        yield return seen;
        for (var i = seen.Count - 1; i >= 0; i--) // What is only in the log is the end of the series.
        {
            if (!seen[i].Value.IsLoggedAsFloat) continue;
            seen[i] = (seen[i].T, seen[i].Value.After(null));
            yield return seen;
        }
    }

    private static string Difference(List<(long T, ModelValue Value)> expected, List<string> lines)
    {
        for (var i = 0; i < Math.Max(expected.Count, lines.Count); i++)
        {
            if (i < expected.Count && i < lines.Count && IsSame(lines[i], expected[i].T, expected[i].Value)) continue;
            return string.Create(CultureInfo.InvariantCulture, $"sample {i + 1} of {expected.Count}: ")
                + $"expected {(i < expected.Count ? expected[i] : "none")}, printed {(i < lines.Count ? lines[i] : "none")}";
        }
        return "";
    }

    private static bool IsSame(string line, long t, ModelValue value)
    {
        var at = line.LastIndexOf(' ');
        return TimeOf(line) == t && PrintedValue.Says(line[..at], value);
    }

    private static long TimeOf(string line) => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
}
