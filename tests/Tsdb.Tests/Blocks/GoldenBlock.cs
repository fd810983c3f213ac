using System.Text;
using System.Text.Json;
using TestKit;
using Tsdb.Labels;

namespace Tsdb.Tests.Blocks;

/// <summary>A golden block unpacked into a temporary folder, with the lines that describe it.</summary>
internal sealed class GoldenBlock : IDisposable
{
    private const string Folder = "tsdb/blocks";
    private const string HexMark = "\0hex:";

    private readonly string _root = Directory.CreateTempSubdirectory("golden-block-").FullName;

    public GoldenBlock(string name)
    {
        Golden.Extract(Golden.Files(Folder, name + ".tar.gz")[0], _root);
        BlockDirectory = Directory.GetDirectories(_root)[0];
        IndexLines = Read(name + ".index.jsonl");
        SampleLines = Read(name + ".samples.jsonl");
    }

    public string BlockDirectory { get; }

    public List<JsonElement> IndexLines { get; }

    public List<JsonElement> SampleLines { get; }

    public static TheoryData<string> Names()
    {
        var names = new TheoryData<string>();
        foreach (var path in Golden.Files(Folder, "*.index.jsonl")) names.Add(Path.GetFileName(path).Split(".index.jsonl")[0]);
        return names;
    }

    public static byte[] Text(JsonElement text)
    {
        var value = text.GetString()!;
        var isHex = value.StartsWith(HexMark, StringComparison.Ordinal);
        return isHex ? Convert.FromHexString(value[HexMark.Length..]) : Encoding.UTF8.GetBytes(value);
    }

    public static LabelSet Labels(JsonElement labels)
    {
        using var buffer = new Tsdb.Memory.ByteBuffer();
        buffer.WriteUvarint((ulong)labels.GetArrayLength());
        foreach (var pair in labels.EnumerateArray())
        {
            buffer.WriteString(Text(pair[0]));
            buffer.WriteString(Text(pair[1]));
        }
        return LabelSet.FromEncoded(buffer.Written);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static List<JsonElement> Read(string pattern)
    {
        var lines = new List<JsonElement>();
        foreach (var line in Golden.Lines(Golden.Files(Folder, pattern)[0])) lines.Add(JsonDocument.Parse(line).RootElement);
        return lines;
    }
}
