using System.Text.Json.Nodes;
using TestKit;
using Tsdb.Tests.Head.Sequences;

namespace Tsdb.Tests.Head;

/// <summary>Recorded scripts on a real database: outcomes, head times, blocks, log files, samples and chunks are the
/// recording's after every step.</summary>
public class SequenceTests
{
    private static readonly Lazy<Dictionary<string, string>> Scripts = new(Read);

    public static TheoryData<string> Names
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var name in Scripts.Value.Keys) names.Add(name);
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Script_OfARealDatabase_HasTheRecordedResults(string name)
    {
        var script = JsonNode.Parse(Scripts.Value[name])!.AsObject();
        using var folder = new TempFolder();
        using var runner = new SequenceRunner(script, folder);
        runner.Run();
    }

    [Fact]
    public void Scripts_AreThere() => Assert.True(Scripts.Value.Count >= 31, $"{Scripts.Value.Count} scripts");

    private static Dictionary<string, string> Read()
    {
        var scripts = new Dictionary<string, string>();
        foreach (var file in Golden.Files("tsdb/semantics", "*.jsonl"))
        {
            foreach (var line in Golden.Lines(file)) scripts.Add(GoldenName(line), line);
        }
        return scripts;
    }

    private static string GoldenName(string line) => JsonNode.Parse(line)!["name"]!.GetValue<string>();
}
