using System.Globalization;
using System.Text;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Receiver.StoreApi;

/// <summary>Finds the series selectors of a PromQL expression, wherever they stand in it.</summary>
/// <remarks>
/// The expression itself is not judged beyond what finding needs (strings, brackets, braces): who asks has parsed it. Texts of
/// errors are upstream's where a recorded call shows them.
/// </remarks>
internal sealed class PromqlSelectors
{
    /// <summary>Words that a list of labels may follow, which are no series.</summary>
    private static readonly HashSet<string> BeforeLabels =
        new(["by", "without", "on", "ignoring", "group_left", "group_right"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Words that stand between operands or for numbers.</summary>
    private static readonly HashSet<string> Words =
        new(["and", "or", "unless", "atan2", "offset", "bool", "inf", "nan"], StringComparer.OrdinalIgnoreCase);

    private readonly string _text;
    private readonly List<Matcher[]> _found = [];
    private int _at;
    private int _depth;
    private string _error = "";

    private PromqlSelectors(string text) => _text = text;

    private bool AtEnd => _at >= _text.Length;

    private char Here => _text[_at];

    /// <summary>Reads an expression.</summary>
    /// <param name="text">PromQL.</param>
    /// <param name="selectors">Matchers of each selector, in order; the metric name is one of them.</param>
    /// <param name="error">Why it cannot be read, with line and column.</param>
    public static bool TryRead(string text, out IReadOnlyList<Matcher[]> selectors, out string error)
    {
        var reader = new PromqlSelectors(text);
        reader.ReadAll();
        (selectors, error) = (reader._found, reader._error);
        return error.Length == 0;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or ':';

    private static bool IsName(char c) => IsNameStart(c) || char.IsAsciiDigit(c);

    private void ReadAll()
    {
        SkipSpace();
        if (AtEnd) _error = "unknown position: parse error: no expression found in input";
        for (; !AtEnd && _error.Length == 0; SkipSpace())
        {
            var c = Here;
            if (IsNameStart(c)) ReadWord();
            else if (char.IsAsciiDigit(c)) SkipNumber();
            else if (c == '{') ReadBraces([], _at);
            else if (c is '"' or '\'' or '`') ReadString(out _);
            else if (c == '[') SkipTo(']', "unexpected end of input in duration expression");
            else SkipOne(c);
        }
        if (_depth > 0 && _error.Length == 0) Fail(_text.Length, "unclosed left parenthesis");
    }

    private void SkipOne(char c)
    {
        if (c == '(') _depth++;
        if (c == ')' && --_depth < 0) Fail(_at, "unexpected right parenthesis ')'");
        _at++;
    }

    private void ReadWord()
    {
        var start = _at;
        while (!AtEnd && IsName(Here)) _at++;
        var word = _text[start.._at];
        SkipSpace();
        var next = AtEnd ? ' ' : Here;
        if (BeforeLabels.Contains(word))
        {
            if (next == '(') SkipTo(')', "unclosed left parenthesis");
            return;
        }
        if (next == '(' || Words.Contains(word) || IsBeforeGrouping()) return; // A function, an operator, an aggregation.
        var matchers = new List<Matcher>();
        if (!Add(matchers, MatchType.Equal, "__name__"u8, Encoding.UTF8.GetBytes(word), start)) return;
        if (next == '{') ReadBraces(matchers, start);
        else _found.Add([.. matchers]);
    }

    /// <summary>Whether the next word is that of an aggregation's grouping.</summary>
    private bool IsBeforeGrouping()
    {
        var end = _at;
        while (end < _text.Length && IsName(_text[end])) end++;
        var word = _text.AsSpan(_at, end - _at);
        return word.Equals("by", StringComparison.OrdinalIgnoreCase)
            || word.Equals("without", StringComparison.OrdinalIgnoreCase);
    }

    private void ReadBraces(List<Matcher> matchers, int start)
    {
        _at++;
        for (SkipSpace(); !AtEnd && Here != '}' && _error.Length == 0; SkipSpace())
        {
            ReadMatcher(matchers);
            SkipSpace();
            if (_error.Length == 0 && !AtEnd && Here == ',') _at++;
        }
        if (_error.Length > 0) return;
        if (AtEnd)
        {
            Fail(_text.Length, "unexpected end of input inside braces");
            return;
        }
        _at++;
        var isEmpty = true;
        foreach (var matcher in matchers) isEmpty &= matcher.MatchesEmpty;
        if (isEmpty) Fail(start, "vector selector must contain at least one non-empty matcher");
        else _found.Add([.. matchers]);
    }

    private void ReadMatcher(List<Matcher> matchers)
    {
        var start = _at;
        byte[] name;
        if (Here is '"' or '\'' or '`')
        {
            if (!ReadString(out name)) return;
        }
        else
        {
            while (!AtEnd && IsName(Here)) _at++;
            name = Encoding.UTF8.GetBytes(_text[start.._at]);
        }
        SkipSpace();
        if (TakeOperator() is not { } type)
        {
            // A text alone is the metric's name.
            if (name.Length > 0 && _text[start] is '"' or '\'' or '`')
                Add(matchers, MatchType.Equal, "__name__"u8, name, start);
            else Fail(_at, "unexpected input inside braces");
            return;
        }
        SkipSpace();
        if (AtEnd || Here is not ('"' or '\'' or '`')) Fail(_at, "unexpected input inside braces, expected string");
        else if (ReadString(out var value)) Add(matchers, type, name, value, start);
    }

    private MatchType? TakeOperator()
    {
        foreach (var (text, type) in (ReadOnlySpan<(string, MatchType)>)[("=~", MatchType.Regex), ("!~", MatchType.NotRegex),
            ("!=", MatchType.NotEqual), ("=", MatchType.Equal)])
        {
            if (!_text.AsSpan(_at).StartsWith(text, StringComparison.Ordinal)) continue;
            _at += text.Length;
            return type;
        }
        return null;
    }

    private bool Add(
        List<Matcher> to, MatchType type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int start)
    {
        if (!Matcher.TryCreate(type, name, value, out var matcher, out var error)) return Fail(start, error);
        to.Add(matcher);
        return true;
    }

    private bool ReadString(out byte[] value)
    {
        var start = _at;
        if (PromqlText.TryRead(_text, ref _at, out value)) return true;
        return Fail(start, "unterminated quoted string");
    }

    private void SkipNumber()
    {
        for (; !AtEnd; _at++)
        {
            var isSign = Here is '+' or '-' && _text[_at - 1] is 'e' or 'E';
            if (!char.IsAsciiLetterOrDigit(Here) && Here is not ('.' or '_') && !isSign) return;
        }
    }

    private void SkipTo(char end, string error)
    {
        var found = _text.IndexOf(end, _at);
        if (found < 0) Fail(_text.Length, error);
        else _at = found + 1;
    }

    private void SkipSpace()
    {
        for (; !AtEnd; _at++)
        {
            if (Here == '#')
            {
                while (!AtEnd && Here != '\n') _at++;
                if (AtEnd) return;
            }
            else if (!char.IsWhiteSpace(Here))
            {
                return;
            }
        }
    }

    private bool Fail(int at, string what)
    {
        var before = _text.AsSpan(0, Math.Min(at, _text.Length));
        var line = before.Count('\n') + 1;
        var column = at - before.LastIndexOf('\n');
        _error = string.Create(CultureInfo.InvariantCulture, $"{line}:{column}: parse error: {what}");
        return false;
    }
}
