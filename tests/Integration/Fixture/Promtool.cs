using System.Globalization;

namespace Integration.Fixture;

/// <summary>Prometheus' own tool, as the independent reader of what was stored.</summary>
internal static class Promtool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Fails unless the tool finds index and every chunk of the block sound.</summary>
    public static Task AnalyzeAsync(string directory, string ulid) => AnalyzeAsync("promtool", directory, ulid);

    /// <inheritdoc cref="AnalyzeAsync(string, string)"/>
    public static async Task AnalyzeAsync(string promtool, string directory, string ulid)
    {
        var (code, output) = await ChildProcess.RunAsync(
            Patience, ChildProcess.Info(promtool, "tsdb", "analyze", "--extended", directory, ulid));
        var isClean = code == 0 && !output.Contains("mismatch", StringComparison.Ordinal);
        Assert.True(isClean, $"analyze {ulid} ended with {code}:\n{output}");
    }

    /// <summary>Every sample of blocks and log. NaN has lost its kind: it comes as <see cref="double.NaN"/>.</summary>
    /// <remarks>The tool reads the log as a head of its own: give it a copy of the directory.</remarks>
    public static async Task<SampleSet> DumpAsync(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "wal"));
        var (code, output) = await ChildProcess.RunAsync(Patience, ChildProcess.Info("promtool", "tsdb", "dump", directory));
        Assert.True(code == 0, $"dump ended with {code}:\n{output[..Math.Min(4000, output.Length)]}");
        var samples = new SampleSet();
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith('{')) samples.Add(Parse(line));
        }
        return samples;
    }

    /// <summary>The bits as they come out of a dump.</summary>
    public static ulong Printed(ulong bits) =>
        double.IsNaN(BitConverter.UInt64BitsToDouble(bits)) ? BitConverter.DoubleToUInt64Bits(double.NaN) : bits;

    // {labels} value timestamp
    private static Sample Parse(string line)
    {
        var atTime = line.LastIndexOf(' ');
        var atValue = line.LastIndexOf(' ', atTime - 1);
        var value = line[(atValue + 1)..atTime] switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var text => double.Parse(text, CultureInfo.InvariantCulture),
        };
        return new Sample(line[..atValue], long.Parse(line.AsSpan(atTime + 1), CultureInfo.InvariantCulture),
            Printed(BitConverter.DoubleToUInt64Bits(value)));
    }
}
