using System.Globalization;
using System.Text;

namespace Hashring.Configuration;

/// <summary>What kind of JSON value comes next; the names are those of Go's type errors.</summary>
internal enum ValueKind
{
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

/// <summary>
/// Steps through a document that <see cref="DocumentSyntax"/> has accepted; on any other input its behaviour is undefined.
/// </summary>
internal ref struct ValueReader(ReadOnlySpan<byte> json)
{
    private ReadOnlySpan<byte> _rest = json;

    /// <summary>Kind of the value at the position.</summary>
    public ValueKind Kind => Peek() switch
    {
        (byte)'{' => ValueKind.Object,
        (byte)'[' => ValueKind.Array,
        (byte)'"' => ValueKind.String,
        (byte)'t' or (byte)'f' => ValueKind.Bool,
        (byte)'n' => ValueKind.Null,
        _ => ValueKind.Number,
    };

    /// <summary>Enters an object or array.</summary>
    public void Open()
    {
        Peek();
        _rest = _rest[1..];
    }

    /// <summary>Steps to the next member or element; false after the last one, which also leaves the container.</summary>
    public bool TryNext()
    {
        var next = Peek();
        if (next == ',') _rest = _rest[1..];
        if (next is not ((byte)'}' or (byte)']')) return true;
        _rest = _rest[1..];
        return false;
    }

    /// <summary>Reads a member's name and the colon.</summary>
    public string ReadKey()
    {
        var key = ReadString();
        Peek();
        _rest = _rest[1..];
        return key;
    }

    /// <summary>Reads a string; what is not text (bad UTF-8, half a surrogate pair) becomes U+FFFD.</summary>
    public string ReadString()
    {
        var raw = ReadRaw();
        return Unquote(raw[1..^1]);
    }

    /// <summary>Steps over the value and returns its bytes.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        Peek();
        var length = RawLength(_rest);
        var raw = _rest[..length];
        _rest = _rest[length..];
        return raw;
    }

    private byte Peek()
    {
        _rest = _rest.TrimStart(" \t\r\n"u8);
        return _rest[0];
    }

    private static int RawLength(ReadOnlySpan<byte> json)
    {
        var depth = 0;
        for (var at = 0; at < json.Length; at++)
        {
            switch (json[at])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    continue;
                case (byte)'}' or (byte)']' when depth == 0:
                    return at; // A scalar that ends its container.
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
                case (byte)'"':
                    for (at++; json[at] != '"'; at++) at += json[at] == '\\' ? 1 : 0;
                    break;
                case (byte)',' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' when depth == 0:
                    return at;
                default:
                    continue;
            }
            if (depth == 0) return at + 1;
        }
        return json.Length;
    }

    private static string Unquote(ReadOnlySpan<byte> text)
    {
        var result = new StringBuilder(text.Length);
        while (!text.IsEmpty)
        {
            if (text[0] == '\\')
            {
                text = Unescape(text[1..], result);
                continue;
            }
            // Every byte that starts no character is replaced by itself, not every broken sequence as a whole.
            var isText = Rune.DecodeFromUtf8(text, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            result.Append(rune.ToString());
            text = text[(isText ? length : 1)..];
        }
        return result.ToString();
    }

    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text, StringBuilder result)
    {
        if (text[0] != 'u')
        {
            result.Append((char)text[0] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', var c => c });
            return text[1..];
        }
        var first = Hex(text[1..]);
        text = text[5..];
        if (!char.IsSurrogate(first))
        {
            result.Append(first);
            return text;
        }
        if (char.IsHighSurrogate(first) && text is [(byte)'\\', (byte)'u', ..] && char.IsLowSurrogate(Hex(text[2..])))
        {
            result.Append(first).Append(Hex(text[2..]));
            return text[6..];
        }
        result.Append('\uFFFD');
        return text;
    }

    private static char Hex(ReadOnlySpan<byte> text) =>
        (char)ushort.Parse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
