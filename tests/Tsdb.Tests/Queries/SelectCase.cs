using System.Text;
using System.Text.Json;
using TestKit;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Queries;

/// <summary>The golden series and selections of tsdb/matchers.</summary>
internal sealed record SelectCase(JsonElement Json)
{
    public static List<LabelSet> ReadSeries() =>
        Read("series", json =>
        {
            var pairs = new List<(byte[], byte[])>();
            foreach (var pair in json.GetProperty("labels").EnumerateArray()) pairs.Add((Bytes(pair[0]), Bytes(pair[1])));
            return TestLabels.Of([.. pairs]);
        });

    public static List<SelectCase> ReadAll() => Read("select", json => new SelectCase(json));

    public override string ToString() => Json.GetProperty("matchers").ToString();

    public string MatcherError => Json.TryGetProperty("matcherError", out var error) ? error.GetString()! : "";

    /// <summary>The matchers, or the error of the first that does not compile.</summary>
    public Matcher[] Matchers(out string error)
    {
        error = "";
        var matchers = new List<Matcher>();
        foreach (var item in Json.GetProperty("matchers").EnumerateArray())
        {
            var type = item[1].GetString() switch
            {
                "=" => MatchType.Equal,
                "!=" => MatchType.NotEqual,
                "=~" => MatchType.Regex,
                _ => MatchType.NotRegex,
            };
            if (!Matcher.TryCreate(type, Bytes(item[0]), Bytes(item[2]), out var matcher, out error)) return [];
            matchers.Add(matcher);
        }
        return [.. matchers];
    }

    public List<int> Numbers(string property)
    {
        var numbers = new List<int>();
        foreach (var number in Json.GetProperty(property).EnumerateArray()) numbers.Add(number.GetInt32());
        return numbers;
    }

    public static List<string> Hex(JsonElement list)
    {
        var texts = new List<string>();
        foreach (var text in list.EnumerateArray()) texts.Add(Convert.ToHexString(Bytes(text)));
        return texts;
    }

    public static List<string> Hex(IReadOnlyList<ReadOnlyMemory<byte>> list)
    {
        var texts = new List<string>();
        foreach (var text in list) texts.Add(Convert.ToHexString(text.Span));
        return texts;
    }

    private static byte[] Bytes(JsonElement text)
    {
        var value = text.GetString()!;
        const string Marker = "\0hex:"; // How the golden files write what is not UTF-8.
        return value.StartsWith(Marker, StringComparison.Ordinal)
            ? Convert.FromHexString(value[Marker.Length..])
            : Encoding.UTF8.GetBytes(value);
    }

    private static List<T> Read<T>(string kind, Func<JsonElement, T> read)
    {
        var found = new List<T>();
        foreach (var path in Golden.Files("tsdb/matchers", "matchers*.jsonl"))
        {
            foreach (var line in Golden.Lines(path))
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.GetProperty("kind").GetString() == kind) found.Add(read(json.RootElement.Clone()));
            }
        }
        Assert.NotEmpty(found);
        return found;
    }
}
