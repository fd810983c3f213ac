using System.Globalization;
using System.Text;

namespace Receiver.Options.Values;

/// <summary>Go's string literals: writing them in messages and reading them in label flags.</summary>
internal static class GoText
{
    /// <summary>Quotes text as <c>%q</c> does.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Reads a literal: "…" with escapes, `…` as it is, or one character between single quotes.</summary>
    /// <returns>Null when the text is not such a literal or is not UTF-8.</returns>
    public static string? Unquote(string literal)
    {
        if (literal.Length < 2 || literal[0] != literal[^1]) return null;
        var body = literal[1..^1];
        if (literal[0] == '`')
            return body.Contains('`', StringComparison.Ordinal) ? null : body.Replace("\r", "", StringComparison.Ordinal);
        if (literal[0] is not ('"' or '\'') || body.Contains('\n', StringComparison.Ordinal)) return null;
        var bytes = new List<byte>(body.Length);
        var rest = body.AsSpan();
        var count = 0;
        for (; rest.Length > 0; count++)
        {
            if (rest[0] == literal[0] || !TryReadOne(ref rest, literal[0], bytes)) return null;
        }
        if (literal[0] == '\'' && count != 1) return null;
        try { return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. bytes]); }
        catch (DecoderFallbackException) { return null; }
    }

    private static bool TryReadOne(ref ReadOnlySpan<char> rest, char quote, List<byte> bytes)
    {
        if (rest[0] != '\\')
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done) return false;
            Append(bytes, rune);
            rest = rest[length..];
            return true;
        }
        if (rest.Length < 2) return false;
        var kind = rest[1];
        var simple = "abfnrtv\\".IndexOf(kind, StringComparison.Ordinal);
        if (simple >= 0 || kind == quote)
        {
            bytes.Add(simple >= 0 ? (byte)"\a\b\f\n\r\t\v\\"[simple] : (byte)quote);
            rest = rest[2..];
            return true;
        }
        return kind switch
        {
            'x' => TryReadNumber(ref rest, 2, 2, 16, isByte: true, bytes),
            'u' => TryReadNumber(ref rest, 2, 4, 16, isByte: false, bytes),
            'U' => TryReadNumber(ref rest, 2, 8, 16, isByte: false, bytes),
            >= '0' and <= '7' => TryReadNumber(ref rest, 1, 3, 8, isByte: true, bytes),
            _ => false,
        };
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, int start, int digits, int radix, bool isByte,
        List<byte> bytes)
    {
        if (rest.Length < start + digits) return false;
        long value = 0;
        foreach (var c in rest.Slice(start, digits))
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix) return false;
            value = (value * radix) + digit;
        }
        rest = rest[(start + digits)..];
        if (isByte && value <= byte.MaxValue) bytes.Add((byte)value);
        else if (isByte || value > 0x10FFFF || !Rune.IsValid((int)value)) return false;
        else Append(bytes, new Rune((int)value));
        return true;
    }

    private static void Append(List<byte> bytes, Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
