namespace Receiver.Options.Values;

/// <summary>The value of --label: <c>name="value"</c>, the value a Go string literal.</summary>
internal static class LabelFlag
{
    /// <summary>Reads one label.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryParse(string text, out (string Name, string Value) label)
    {
        label = default;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return $"unrecognized label {GoText.Quote(text)}";
        var name = text[..equals];
        if (!IsName(name)) return $"unsupported format for label {name}";
        if (GoText.Unquote(text[(equals + 1)..]) is not { } value) return "unquote label value: invalid syntax";
        label = (name, value);
        return null;
    }

    /// <summary>Whether text can be a label's name: not empty, valid Unicode.</summary>
    public static bool IsName(string text)
    {
        if (text.Length == 0 || text.Contains('\uFFFD', StringComparison.Ordinal)) return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))) return false;
        }
        return true;
    }
}
