using System.Globalization;
using Integration.Fixture;

namespace Integration.Engine;

/// <summary>What <c>promtool tsdb dump</c> prints, and what it must print of given samples.</summary>
internal static class PromtoolDump
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The lines by series, in their order. The tool reads the log as a head of its own: give it a copy.</summary>
    public static async Task<SortedDictionary<string, List<string>>> RunAsync(string promtool, string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "wal")); // The tool wants one, if only an empty one.
        var (code, output) = await ChildProcess.RunAsync(Patience, ChildProcess.Info(promtool, "tsdb", "dump", directory));
        Assert.True(code == 0, $"{promtool} tsdb dump ended with {code}:\n{output[..Math.Min(4000, output.Length)]}");
        var series = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            if (!line.StartsWith('{')) continue;
            var end = EndOfLabels(line);
            if (!series.TryGetValue(line[..end], out var samples)) series.Add(line[..end], samples = []);
            samples.Add(line[(end + 1)..]);
        }
        return series;
    }

    /// <summary>The samples of one series that the tool prints: it steps through floats until something else comes, then through
    /// float histograms, then through integer ones, and each loop swallows the sample that ends it.</summary>
    public static List<(long T, T Value)> Printed<T>(
        IEnumerable<(long T, T Value)> samples, Func<T, SampleKind> kindOf, bool floatsOnly)
    {
        var printed = new List<(long, T)>();
        var kind = SampleKind.Float;
        foreach (var sample in samples)
        {
            if (kindOf(sample.Value) == kind)
            {
                printed.Add(sample);
                continue;
            }
            if (floatsOnly || kind == SampleKind.Histogram) break;
            kind++;
        }
        return printed;
    }

    /// <summary>Where the closing brace of the labels ends; values are quoted, with escapes.</summary>
    private static int EndOfLabels(string line)
    {
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\') i++;
            else if (line[i] == '"') isQuoted = !isQuoted;
            else if (line[i] == '}' && !isQuoted) return i + 1;
        }
        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"no labels in: {line}"));
    }
}

/// <summary>Kinds of samples in the order of the tool's loops.</summary>
internal enum SampleKind
{
    Float,
    FloatHistogram,
    Histogram,
}
