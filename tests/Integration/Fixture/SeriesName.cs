using System.Text;
using Tsdb.Labels;

namespace Integration.Fixture;

/// <summary>A series as text, as promtool prints it: <c>{__name__="up", job="node"}</c>.</summary>
internal static class SeriesName
{
    public static string Of(IReadOnlyList<(string Name, string Value)> labels)
    {
        var text = new StringBuilder("{");
        foreach (var (name, value) in labels) Append(text, name, value);
        return text.Append('}').ToString();
    }

    public static string Of(LabelSet labels)
    {
        var text = new StringBuilder("{");
        foreach (var label in labels) Append(text, Encoding.UTF8.GetString(label.Name), Encoding.UTF8.GetString(label.Value));
        return text.Append('}').ToString();
    }

    private static void Append(StringBuilder text, string name, string value)
    {
        if (text.Length > 1) text.Append(", ");
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        text.Append(name).Append("=\"").Append(quoted).Append('"');
    }
}
