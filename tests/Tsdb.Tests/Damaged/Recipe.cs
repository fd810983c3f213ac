using System.Globalization;
using System.Text.Json.Nodes;
using TestKit;

namespace Tsdb.Tests.Damaged;

/// <summary>One golden case: a directory of a real program, what is done to it, and what upstream made of it.</summary>
internal sealed class Recipe
{
    private readonly JsonNode _json;

    private Recipe(JsonNode json) => _json = json;

    public static TheoryData<string> Names
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var line in Lines()) names.Add((string)JsonNode.Parse(line)!["name"]!);
            return names;
        }
    }

    public string Base => (string)_json["base"]!;

    public string Tenant => (string)_json["tenant"]!;

    /// <summary>--tsdb.out-of-order.time-window in milliseconds; 0 without.</summary>
    public long OutOfOrderWindowMs
    {
        get
        {
            foreach (var flag in (JsonArray)_json["flags"]!)
            {
                var parts = ((string)flag!).Split("=");
                if (parts[0] != "--tsdb.out-of-order.time-window") continue;
                Assert.EndsWith("m", parts[1], StringComparison.Ordinal);
                return 60_000 * int.Parse(parts[1][..^1], CultureInfo.InvariantCulture);
            }
            return 0;
        }
    }

    /// <summary>What the linked library saw in the damaged copy; <see cref="Second"/> after the real program had been at work on
    /// it.</summary>
    public Outcome First => new(_json["firstOpen"]!);

    public Outcome? Second => _json["secondOpen"] is { } json ? new Outcome(json) : null;

    public static Recipe Find(string name)
    {
        foreach (var line in Lines())
        {
            var json = JsonNode.Parse(line)!;
            if ((string)json["name"]! == name) return new Recipe(json);
        }
        throw new InvalidDataException($"No recipe {name}.");
    }

    /// <summary>Does to a directory what the recipe says.</summary>
    public void Apply(string directory)
    {
        foreach (var op in (JsonArray)_json["ops"]!) Apply(op!, directory);
    }

    private static void Apply(JsonNode op, string directory)
    {
        string At(string key) => Path.Combine(directory, (string)op[key]!);
        switch ((string)op["op"]!)
        {
            case "truncate":
                using (var file = File.OpenWrite(At("file"))) file.SetLength((long)op["size"]!);
                break;
            case "xor":
                var bytes = File.ReadAllBytes(At("file"));
                bytes[(int)op["offset"]!] ^= (byte)(int)op["mask"]!;
                File.WriteAllBytes(At("file"), bytes);
                break;
            case "delete":
                if (Directory.Exists(At("path"))) Directory.Delete(At("path"), recursive: true);
                else File.Delete(At("path"));
                break;
            case "write":
                File.WriteAllBytes(At("file"), Convert.FromHexString((string)op["hex"]!));
                break;
            case "append":
                File.AppendAllBytes(At("file"), Convert.FromHexString((string)op["hex"]!));
                break;
            case "copy":
                foreach (var from in Directory.GetFiles(At("from"), "*", SearchOption.AllDirectories))
                {
                    var to = Path.Combine(At("to"), Path.GetRelativePath(At("from"), from));
                    Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                    File.Copy(from, to);
                }
                break;
            case var other:
                throw new InvalidDataException($"Unknown step {other}.");
        }
    }

    private static IEnumerable<string> Lines()
    {
        foreach (var file in Golden.Files("tsdb/damaged", "outcomes*.jsonl"))
        {
            foreach (var line in Golden.Lines(file)) yield return line;
        }
    }

    /// <summary>What one opening gave.</summary>
    internal sealed class Outcome(JsonNode json)
    {
        /// <summary>Whether it could be opened and read at all.</summary>
        public bool IsReadable => json["openError"] is null && json["queryError"] is null;

        public int Samples => (int)json["result"]!["samples"]!;

        public int LostSamples => (int)json["result"]!["lostSamples"]!;

        public int Exemplars => (int)json["exemplars"]!;

        public long HeadMinMs => long.Parse((string)json["head"]!["minTime"]!, CultureInfo.InvariantCulture);

        public long HeadMaxMs => long.Parse((string)json["head"]!["maxTime"]!, CultureInfo.InvariantCulture);
    }
}
