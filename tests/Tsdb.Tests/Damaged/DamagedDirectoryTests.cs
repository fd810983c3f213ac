using System.Globalization;
using System.Text;
using TestKit;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Damaged;

/// <summary>Directories of real programs, damaged as recorded, opened in place: what the damage did not hit is there, nothing
/// else is, the
/// next start finds the same, and no damaged file is gone.</summary>
public sealed class DamagedDirectoryTests : IDisposable
{
    private readonly TempFolder _folder = new(isInMemory: true);
    private readonly List<string> _log = [];
    private readonly List<(long HeadMinMs, long HeadMaxMs, int Exemplars)> _facts = [];

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Recipes => Recipe.Names;

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Open_Damaged_KeepsWhatCanBeKept(string name)
    {
        var recipe = Recipe.Find(name);
        var (intact, damaged) = (Unpack("intact", recipe), Unpack("damaged", recipe));
        recipe.Apply(damaged);
        var expected = Content.Expected(recipe.Base, recipe.Tenant);
        var survivors = new Survivors(intact, damaged);
        // A whole block, or the whole log of late samples, may be gone without a trace: neither need be there.
        var leavesNoTrace = survivors.DamagedFiles().TrueForAll(
            path => !path.StartsWith("wal/", StringComparison.Ordinal)
                && !Directory.Exists(Path.Combine(damaged, path.Split('/')[0])));
        var files = FilesThatMustStay(damaged, survivors);

        var first = Open(damaged, recipe, expected, survivors);
        AssertNothingInvented(first, expected, survivors);
        var missing = survivors.Missing(first, expected);
        Assert.True(missing.Length == 0, missing);
        var upstream = Math.Min(Loss(recipe.First, expected), Loss(recipe.Second, expected));
        var lost = expected.Count - first.Count;
        Assert.True(lost <= upstream, $"{lost} samples lost, upstream loses {upstream}");
        Assert.True(first.Failures.Count == 0 || !recipe.First.IsReadable, "upstream can answer");
        if (lost > 0 && !leavesNoTrace) AssertTold(survivors, first);
        AssertKept(files, damaged);
        if (recipe.First.IsReadable) Assert.True(_facts[0].Exemplars >= recipe.First.Exemplars, "upstream has more exemplars");
        if (recipe.First.IsReadable && recipe.First.LostSamples == 0)
        {
            // Without its chunk files upstream's head begins later, since the log has no older sample.
            Assert.True(_facts[0].HeadMinMs <= recipe.First.HeadMinMs);
            Assert.Equal((recipe.First.HeadMaxMs, recipe.First.Exemplars), (_facts[0].HeadMaxMs, _facts[0].Exemplars));
        }

        var again = Open(damaged, recipe, expected, survivors);
        Assert.Equal(Describe(first), Describe(again));
        Assert.Equal(first.Failures.Count, again.Failures.Count);
        Assert.Equal(_facts[0], _facts[1]);
    }

    private Content Open(string directory, Recipe recipe, Content expected, Survivors survivors)
    {
        var options = new DatabaseOptions
        {
            Directory = directory, MinBlockDurationMs = 60_000, MaxBlockDurationMs = 60_000, RetentionMs = 0, Log = _log.Add,
            OutOfOrderWindowMs = recipe.OutOfOrderWindowMs, ExemplarsMax = 500,
        };
        using var database = Database.Open(options);
        var exemplars = 0;
        foreach (var series in database.SelectExemplars(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
            exemplars += series.Exemplars.Count;
        _facts.Add((database.HeadMinTimeMs, database.HeadMaxTimeMs, exemplars));
        return Content.Of(database, expected, survivors.Unreadable);
    }

    private string Unpack(string to, Recipe recipe)
    {
        Golden.Extract(Golden.Files("tsdb/datadirs", recipe.Base + ".tar.gz")[0], _folder.At(to));
        return _folder.At(to, recipe.Tenant);
    }

    /// <summary>Samples that upstream loses: all of them when it exits or cannot answer.</summary>
    private static int Loss(Recipe.Outcome? outcome, Content expected) =>
        outcome is null || !outcome.IsReadable ? expected.Count : outcome.LostSamples;

    private static void AssertNothingInvented(Content actual, Content expected, Survivors survivors)
    {
        foreach (var (labels, samples) in actual.Series)
        {
            foreach (var (t, value) in samples)
            {
                Assert.True(expected.Has(labels, t), $"{labels} at {t} is not in the intact directory");
                var isRight = expected.Series[labels][t] == value
                    || (survivors.Values.TryGetValue((labels, t), out var values) && values.Contains(value));
                Assert.True(isRight, $"{labels} at {t} is {value}, not {expected.Series[labels][t]}");
            }
        }
    }

    /// <summary>The log, or the failure of a query, names the file or the directory of something that is not as it was.</summary>
    private void AssertTold(Survivors survivors, Content found)
    {
        var lines = new List<string>([.. _log, .. found.Failures]);
        var told = false;
        foreach (var path in survivors.DamagedFiles())
        {
            for (var part = path; part.Length > 0; part = Path.GetDirectoryName(part)!)
                told |= lines.Exists(line => line.Contains(part, StringComparison.Ordinal));
        }
        Assert.True(told, $"samples are lost and nothing says why:\n{string.Join('\n', lines)}");
    }

    /// <summary>Damaged files with more in them than a header: they must be found afterwards, under whatever name.</summary>
    private static List<(string Path, string Bytes)> FilesThatMustStay(string damaged, Survivors survivors)
    {
        var files = new List<(string, string)>();
        foreach (var path in survivors.DamagedFiles())
        {
            var file = Path.Combine(damaged, path);
            var isOurs = path.StartsWith("thanos", StringComparison.Ordinal) || path == "lock";
            if (isOurs || !File.Exists(file) || new FileInfo(file).Length <= 8) continue;
            files.Add((path, Convert.ToHexString(File.ReadAllBytes(file))));
        }
        return files;
    }

    private static void AssertKept(List<(string Path, string Bytes)> files, string directory)
    {
        if (files.Count == 0) return;
        var present = new HashSet<string>();
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
            present.Add(Convert.ToHexString(File.ReadAllBytes(file)));
        foreach (var (path, bytes) in files) Assert.True(present.Contains(bytes), $"{path} is gone");
    }

    private static string Describe(Content content)
    {
        var text = new StringBuilder();
        foreach (var labels in new SortedSet<string>(content.Series.Keys, StringComparer.Ordinal))
        {
            foreach (var (t, value) in content.Series[labels])
                text.Append(CultureInfo.InvariantCulture, $"{labels} {t} {value}\n");
        }
        return text.ToString();
    }
}
