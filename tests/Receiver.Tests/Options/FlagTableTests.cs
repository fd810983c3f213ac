using System.Text.Json;
using Receiver.Options;
using TestKit;

namespace Receiver.Tests.Options;

public class FlagTableTests
{
    [Fact]
    public void All_EveryFlagOfUpstream_IsThereAsItIs()
    {
        var seen = 0;
        foreach (var file in Golden.Files("process/flags", "flags*.json"))
        {
            using var json = JsonDocument.Parse(Golden.Open(file));
            foreach (var row in json.RootElement.EnumerateArray())
            {
                Compare(row);
                seen++;
            }
        }
        Assert.True(seen > 0, $"only {seen} flags compared");
    }

    [Fact]
    public void All_EveryDefault_IsAcceptedByItsOwnKind()
    {
        var names = new HashSet<string>();
        foreach (var flag in FlagTable.All)
        {
            Assert.True(names.Add(flag.Name), $"--{flag.Name} is listed twice");
            if (flag.Default is { Length: > 0 } value) Assert.Null(FlagValue.Check(flag, value));
        }
    }

    private static void Compare(JsonElement row)
    {
        var name = row.GetProperty("name").GetString()!;
        var flag = Assert.Single(FlagTable.All, f => f.Name == name);
        Assert.Equal(row.GetProperty("scope").GetString() == "global", flag.IsGlobal);
        Assert.Equal(row.GetProperty("hidden").GetBoolean(), flag.IsHidden);
        Assert.Equal(row.GetProperty("repeatable").GetBoolean(), flag.IsRepeatable);
        Assert.Equal(Kind(row.GetProperty("type").GetString()!), flag.Kind);
        var defaults = row.GetProperty("default");
        if (defaults.ValueKind == JsonValueKind.Array) Assert.Equal(defaults[0].GetString(), flag.Default ?? "");
        if (row.GetProperty("allowed_values") is { ValueKind: JsonValueKind.Array } allowed)
            Assert.Equal(allowed.Deserialize<string[]>(), flag.Allowed);
    }

    private static FlagKind Kind(string type) => type switch
    {
        "bool" => FlagKind.Switch,
        "string" or "strings" => FlagKind.Text,
        "enum" => FlagKind.Choice,
        "int" => FlagKind.Int,
        "int64" => FlagKind.Int64,
        "uint" or "uint64" => FlagKind.UInt64,
        "float64" => FlagKind.Float,
        "bytes" => FlagKind.Bytes,
        "go-duration" => FlagKind.GoDuration,
        "model-duration" => FlagKind.ModelDuration,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown type in the golden file"),
    };
}
