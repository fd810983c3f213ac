using System.Globalization;
using System.Text;
using Tsdb.Memory;

namespace Receiver.StoreApi;

/// <summary>Reads a quoted text of PromQL: Go's escapes between quotes, nothing special between backquotes.</summary>
internal static class PromqlText
{
    /// <summary>Reads a text.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="at">In: at the opening quote; out: behind the closing one.</param>
    /// <param name="value">The bytes meant.</param>
    /// <returns>False when it does not end or an escape is none.</returns>
    public static bool TryRead(string text, ref int at, out byte[] value)
    {
        value = [];
        var quote = text[at++];
        using var bytes = new ByteBuffer(64);
        while (at < text.Length)
        {
            var c = text[at];
            if (c == quote)
            {
                at++;
                value = bytes.Written.ToArray();
                return true;
            }
            if (c == '\n' && quote != '`') return false;
            if (c == '\\' && quote != '`')
            {
                if (!TryEscape(text, ref at, bytes)) return false;
                continue;
            }
            var length = char.IsHighSurrogate(c) && at + 1 < text.Length ? 2 : 1;
            bytes.Write(Encoding.UTF8.GetBytes(text.Substring(at, length)));
            at += length;
        }
        return false;
    }

    private static bool TryEscape(string text, ref int at, ByteBuffer to)
    {
        if (at + 1 >= text.Length) return false;
        var c = text[at + 1];
        at += 2;
        const string Names = "abfnrtv\\'\"";
        const string Values = "\a\b\f\n\r\t\v\\'\"";
        if (Names.IndexOf(c, StringComparison.Ordinal) is >= 0 and var known)
        {
            to.WriteByte((byte)Values[known]);
            return true;
        }
        return c switch
        {
            'x' => TryNumber(text, ref at, 2, isCodePoint: false, to),
            'u' => TryNumber(text, ref at, 4, isCodePoint: true, to),
            'U' => TryNumber(text, ref at, 8, isCodePoint: true, to),
            _ => false,
        };
    }

    private static bool TryNumber(string text, ref int at, int digits, bool isCodePoint, ByteBuffer to)
    {
        if (digits > text.Length - at) return false;
        var isNumber = uint.TryParse(
            text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number);
        if (!isNumber || (isCodePoint && !Rune.IsValid(number))) return false;
        at += digits;
        if (isCodePoint) to.Write(Encoding.UTF8.GetBytes(new Rune(number).ToString()));
        else to.WriteByte((byte)number);
        return true;
    }
}
