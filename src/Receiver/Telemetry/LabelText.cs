using System.Text;
using Tsdb.Memory;

namespace Receiver.Telemetry;

/// <summary>Spells labels for the text formats: <c>name="value"</c> pairs between commas, without the braces.</summary>
internal static class LabelText
{
    /// <summary>Renders a set of labels once, sorted by name as upstream's exposition is.</summary>
    /// <param name="names">Names in declaration order.</param>
    /// <param name="values">Values in the same order.</param>
    public static byte[] Render(ReadOnlySpan<string> names, ReadOnlySpan<string> values)
    {
        Span<int> order = stackalloc int[names.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        for (var i = 1; i < order.Length; i++)
        {
            for (var j = i; j > 0 && string.CompareOrdinal(names[order[j]], names[order[j - 1]]) < 0; j--)
                (order[j], order[j - 1]) = (order[j - 1], order[j]);
        }
        using var text = new ByteBuffer(256);
        foreach (var i in order) WritePair(text, names[i], values[i]);
        return text.Written.ToArray();
    }

    /// <summary>Appends one pair, after a comma when something stands before it.</summary>
    public static void WritePair(ByteBuffer text, string name, string value)
    {
        if (text.Length > 0) text.WriteByte((byte)',');
        WriteText(text, name);
        text.Write("=\""u8);
        WriteEscaped(text, value, escapeQuotes: true);
        text.WriteByte((byte)'"');
    }

    /// <summary>Appends UTF-8 text as it is.</summary>
    public static void WriteText(ByteBuffer text, string value) =>
        text.Advance(Encoding.UTF8.GetBytes(value, text.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length))));

    /// <summary>Appends text with backslash and line feed escaped, and double quotes where the place asks for it.</summary>
    public static void WriteEscaped(ByteBuffer text, string value, bool escapeQuotes)
    {
        if (!value.AsSpan().ContainsAny('\\', '\n', '"'))
        {
            WriteText(text, value);
            return;
        }
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        WriteText(text, escapeQuotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped);
    }
}
