using System.Globalization;
using System.Text;

namespace Hashring.Configuration;

/// <summary>Checks that bytes are one JSON document by the rules, and with the messages, of Go's encoding/json.</summary>
/// <remarks>
/// System.Text.Json words its errors differently and stops at other depths; operators search for the messages of the real
/// thing. Source: encoding/json scanner.go. Iterative, so nesting costs no stack.
/// </remarks>
internal ref struct DocumentSyntax(ReadOnlySpan<byte> json)
{
    /// <summary>Deepest nesting accepted, the constant of encoding/json.</summary>
    private const int DepthMax = 10000;

    private const string EndOfInput = "unexpected end of JSON input";

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;
    private string _error = "";

    /// <summary>The first syntax error of a document, or an empty text.</summary>
    public static string Check(ReadOnlySpan<byte> json)
    {
        var syntax = new DocumentSyntax(json);
        if (syntax.Values()) syntax.End();
        return syntax._error;
    }

    /// <summary>Reads values until the outermost one is complete.</summary>
    private bool Values()
    {
        var isObject = new Stack<bool>();
        do
        {
            if (!Value(isObject, out var opened)) return false;
            // An opened, non-empty container continues with its first value; anything else ends containers or goes on after a
            // comma.
            if (!opened && !AfterValue(isObject)) return false;
        }
        while (isObject.Count > 0);
        return true;
    }

    private bool Value(Stack<bool> isObject, out bool opened)
    {
        opened = false;
        if (!Next(out var first)) return false;
        switch (first)
        {
            case (byte)'{' or (byte)'[':
                if (isObject.Count >= DepthMax) return Unexpected("exceeded max depth");
                _at++;
                return Open(isObject, first == '{', out opened);
            case (byte)'"': return String();
            case (byte)'t': return Literal("true");
            case (byte)'f': return Literal("false");
            case (byte)'n': return Literal("null");
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'): return Number();
            default: return Unexpected("looking for beginning of value");
        }
    }

    private bool Open(Stack<bool> isObject, bool opensObject, out bool opened)
    {
        opened = false;
        if (!Next(out var next)) return false;
        if (next == (opensObject ? '}' : ']'))
        {
            _at++;
            return true;
        }
        isObject.Push(opensObject);
        opened = true;
        return !opensObject || Key();
    }

    private bool AfterValue(Stack<bool> isObject)
    {
        while (isObject.TryPeek(out var inObject))
        {
            if (!Next(out var next)) return false;
            if (next == ',')
            {
                _at++;
                return !inObject || Key();
            }
            if (next != (inObject ? '}' : ']'))
                return Unexpected(inObject ? "after object key:value pair" : "after array element");
            _at++;
            isObject.Pop();
        }
        return true;
    }

    private bool Key()
    {
        if (!Next(out var quote)) return false;
        if (quote != '"') return Unexpected("looking for beginning of object key string");
        if (!String() || !Next(out var colon)) return false;
        if (colon != ':') return Unexpected("after object key");
        _at++;
        return true;
    }

    private bool String()
    {
        for (_at++; _at < _json.Length; _at++)
        {
            var c = _json[_at];
            if (c == '"')
            {
                _at++;
                return true;
            }
            if (c < ' ') return Unexpected("in string literal");
            if (c == '\\' && !Escape()) return false;
        }
        return Fail(EndOfInput);
    }

    /// <summary>Steps from the backslash to the last byte of the escape.</summary>
    private bool Escape()
    {
        if (++_at == _json.Length) return Fail(EndOfInput);
        if (_json[_at] != 'u') return "bfnrt\\/\""u8.Contains(_json[_at]) || Unexpected("in string escape code");
        for (var i = 0; i < 4; i++)
        {
            if (++_at == _json.Length) return Fail(EndOfInput);
            if (!char.IsAsciiHexDigit((char)_json[_at])) return Unexpected("in \\u hexadecimal character escape");
        }
        return true;
    }

    private bool Literal(string word)
    {
        foreach (var expected in word)
        {
            if (_at == _json.Length) return Fail(EndOfInput);
            if (_json[_at] != expected) return Unexpected($"in literal {word} (expecting '{expected}')");
            _at++;
        }
        return true;
    }

    private bool Number()
    {
        if (_json[_at] == '-') _at++;
        // A leading zero stands alone: what follows it is judged by whoever comes next.
        if (_at < _json.Length && _json[_at] == '0') _at++;
        else if (!Digits("in numeric literal")) return false;
        if (_at < _json.Length && _json[_at] == '.')
        {
            _at++;
            if (!Digits("after decimal point in numeric literal")) return false;
        }
        if (_at >= _json.Length || (_json[_at] | 0x20) != 'e') return true;
        _at++;
        if (_at < _json.Length && _json[_at] is (byte)'+' or (byte)'-') _at++;
        return Digits("in exponent of numeric literal");
    }

    private bool Digits(string context)
    {
        if (_at == _json.Length) return Fail(EndOfInput);
        if (!char.IsAsciiDigit((char)_json[_at])) return Unexpected(context);
        while (_at < _json.Length && char.IsAsciiDigit((char)_json[_at])) _at++;
        return true;
    }

    private void End()
    {
        SkipSpace();
        if (_at < _json.Length) Unexpected("after top-level value");
    }

    private bool Next(out byte value)
    {
        SkipSpace();
        value = _at < _json.Length ? _json[_at] : (byte)0;
        return _at < _json.Length || Fail(EndOfInput);
    }

    private void SkipSpace()
    {
        while (_at < _json.Length && _json[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
    }

    private bool Unexpected(string context) => Fail($"invalid character {Quote(_json[_at])} {context}");

    private bool Fail(string error)
    {
        _error = error;
        return false;
    }

    /// <summary>
    /// The byte as a quoted character: printable ones as they are, the others escaped as Go's strconv.Quote escapes them.
    /// </summary>
    private static string Quote(byte value)
    {
        var text = value switch
        {
            (byte)'\'' => "\\'",
            (byte)'\\' => "\\\\",
            (byte)'\a' => "\\a",
            (byte)'\b' => "\\b",
            (byte)'\f' => "\\f",
            (byte)'\n' => "\\n",
            (byte)'\r' => "\\r",
            (byte)'\t' => "\\t",
            (byte)'\v' => "\\v",
            < 0x20 or 0x7F => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            (>= 0x80 and <= 0xA0) or 0xAD => string.Create(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
            _ => new Rune(value).ToString(),
        };
        return $"'{text}'";
    }
}
