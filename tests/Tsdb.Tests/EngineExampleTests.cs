using System.Text;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests;

/// <summary>The example of docs/engine.md: it runs, and the page shows what runs here.</summary>
public sealed class EngineExampleTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringBuilder _output = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Example_Run_PrintsWhatItAppended()
    {
        Run(_folder.At("data"));
        Assert.Equal("{__name__=\"up\", job=\"api\"} 1767225600000 1\n{__name__=\"up\", job=\"api\"} 1767225615000 0\n",
            _output.ToString());
        Assert.Single(Directory.GetDirectories(_folder.At("data"), "01*"));
    }

    [Fact]
    public void Page_Example_IsThisCode()
    {
        var here = File.ReadAllText(SourcePath("tests/Tsdb.Tests/EngineExampleTests.cs"));
        var from = here.IndexOf("        // example\n", StringComparison.Ordinal) + "        // example\n".Length;
        var code = here[from..here.IndexOf("        // end\n", from, StringComparison.Ordinal)].Replace("\n        ", "\n",
            StringComparison.Ordinal).TrimStart();
        var page = File.ReadAllText(SourcePath("docs/engine.md")).Replace("Console.Write", "Write", StringComparison.Ordinal);
        Assert.Contains(code, page, StringComparison.Ordinal);
        Assert.InRange(code.Split('\n').Length, 10, 22);
    }

    private void Run(string directory)
    {
        // example
        using var database = Database.Open(new DatabaseOptions { Directory = directory });
        var up = LabelSet.FromStrings(("__name__", "up"), ("job", "api"));
        using (var appender = database.CreateAppender())
        {
            appender.Append(up, 1767225600000, 1.0);
            appender.Append(up, 1767225615000, 0.0);
            appender.Commit(); // From here on it survives a kill; with WalFsync.Commit a power failure too.
        }
        if (!Matcher.TryCreate(MatchType.Regex, "job"u8, "ap.+"u8, out var job, out var error)) WriteLine(error);
        using (var series = database.Select(1767225600000, 1767229200000, [job], skipChunks: false))
        {
            while (series.MoveNext())
            {
                foreach (var chunk in series.Chunks)
                {
                    for (var sample = new XorChunkIterator(chunk.Data.Span); sample.MoveNext();)
                        WriteLine($"{series.Labels} {sample.TimestampMs} {BitConverter.UInt64BitsToDouble(sample.ValueBits)}");
                }
            }
        }
        database.Flush(); // Cuts what the head holds into a block.
        // end
    }

    private void WriteLine(string line) => _output.Append(line).Append('\n');

    private static string SourcePath(string relative)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Receiver.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, relative);
    }
}
