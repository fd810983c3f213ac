using System.Text.Json.Nodes;
using Tsdb.Tests.Wal;

namespace Tsdb.Tests.Head.Sequences;

/// <summary>Which kinds of steps and options of recorded scripts the database does not have yet.</summary>
internal static class SequenceNeeds
{
    private static readonly string[] MissingSteps = ["exemplar", "exemplarQuery"];

    private static readonly string[] MissingOptions = [];

    /// <summary>What a script needs that is missing; null when it can run.</summary>
    public static string? Missing(JsonObject script)
    {
        foreach (var option in MissingOptions)
        {
            if (GoldenJson.Text(script[option]) != "0") return $"option {option}";
        }
        foreach (var step in script["steps"]!.AsArray())
        {
            var kind = GoldenJson.Text(step!["op"]);
            if (Array.IndexOf(MissingSteps, kind) >= 0) return $"step {kind}";
        }
        return null;
    }
}
