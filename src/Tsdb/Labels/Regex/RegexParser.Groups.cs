namespace Tsdb.Labels.Regex;

/// <summary>The part that reads groups, flags and repetitions.</summary>
internal ref partial struct RegexParser
{
    private void OpenGroup()
    {
        if (_reader.Peek(1) == '?')
        {
            OpenPerlGroup();
            return;
        }
        _reader.Position++;
        Push(isCapture: true);
    }

    private void Push(bool isCapture)
    {
        _open.Push(_group);
        _group = new Group { Flags = (_reader.IgnoresCase, _isMultiLine, _dotIsAny), IsCapture = isCapture };
    }

    private void CloseGroup()
    {
        if (_open.Count == 0)
        {
            FailWhole("unexpected )");
            return;
        }
        _reader.Position++;
        var node = CloseAlternatives();
        (_reader.IgnoresCase, _isMultiLine, _dotIsAny) = _group.Flags;
        if (_group.IsCapture) node = Checked(node.Raised());
        _group = _open.Pop();
        _group.Parts.Add(node);
    }

    private RegexNode CloseAlternatives()
    {
        _group.Alternatives.Add(Checked(RegexNode.Concat(_group.Parts)));
        return Checked(RegexNode.Alternate(_group.Alternatives));
    }

    /// <summary>Reads (?P&lt;name&gt;, (?&lt;name&gt;, (?flags: or (?flags).</summary>
    private void OpenPerlGroup()
    {
        var rest = _reader.Rest;
        if (rest is [_, _, (byte)'P', (byte)'<', _, ..]) OpenNamed("(?P<".Length);
        else if (rest is [_, _, (byte)'<', _, ..]) OpenNamed("(?<".Length);
        else ReadFlags();
    }

    private void OpenNamed(int prefixLength)
    {
        var start = _reader.Position;
        var close = _reader.Rest.IndexOf((byte)'>');
        if (close < 0)
        {
            var end = _reader.Pattern.Length;
            if (_reader.CheckUtf8(start, end)) _reader.Fail("invalid named capture", start, end);
            return;
        }
        if (!_reader.CheckUtf8(start + prefixLength, start + close)) return;
        _reader.Position = start + close + 1;
        var name = _reader.Pattern[(start + prefixLength)..(start + close)];
        var isValid = !name.IsEmpty;
        foreach (var letter in name) isValid &= letter == '_' || char.IsAsciiLetterOrDigit((char)letter);
        if (isValid) Push(isCapture: true);
        else _reader.Fail("invalid named capture", start, _reader.Position);
    }

    private void ReadFlags()
    {
        var start = _reader.Position;
        _reader.Position += 2;
        var (ignoresCase, isMultiLine, dotIsAny) = (_reader.IgnoresCase, _isMultiLine, _dotIsAny);
        var value = true; // Turns false behind a minus sign.
        var sawFlag = false;
        while (!_reader.AtEnd)
        {
            var rune = _reader.ReadRune();
            if (rune == 'i') ignoresCase = value;
            else if (rune == 'm') isMultiLine = value;
            else if (rune == 's') dotIsAny = value;
            else if (rune is ':' or ')' && (value || sawFlag))
            {
                if (rune == ':') Push(isCapture: false);
                (_reader.IgnoresCase, _isMultiLine, _dotIsAny) = (ignoresCase, isMultiLine, dotIsAny);
                return;
            }
            else if (rune == '-' && value)
            {
                value = false;
                sawFlag = false;
                continue;
            }
            else if (rune != 'U') break; // U swaps greedy and lazy, which does not change what matches as a whole.
            sawFlag = true;
        }
        _reader.Fail("invalid or unsupported Perl syntax", start, _reader.Position);
    }

    /// <summary>Reads {n}, {n,} or {n,m}; anything else that begins with a brace is that brace.</summary>
    private bool ReadCounted(int repeatStart)
    {
        var start = _reader.Position;
        var length = MeasureCounted(_reader.Rest, out var min, out var max);
        if (length == 0)
        {
            AddLiteral(_reader.ReadRune());
            return false;
        }
        if (min > RepeatMax || max > RepeatMax || (max != RegexNode.Unbounded && min > max))
        {
            _reader.Fail("invalid repeat count", start, start + length);
            return true;
        }
        return ReadRepeat(min, max, counted: true, length, repeatStart);
    }

    /// <summary>Applies a repetition to the part before it; always true.</summary>
    private bool ReadRepeat(int min, int max, bool counted, int length, int repeatStart)
    {
        var start = _reader.Position;
        _reader.Position += length;
        if (_reader.Peek() == '?') _reader.Position++; // Lazy: see the remark at RegexNode.
        var parts = _group.Parts;
        if (repeatStart >= 0) _reader.Fail("invalid nested repetition operator", repeatStart, _reader.Position);
        else if (parts.Count == 0) _reader.Fail("missing argument to repetition operator", start, _reader.Position);
        else
        {
            parts[^1] = Checked(RegexNode.Repeat(parts[^1], min, max, counted));
            if (counted && (min >= 2 || max >= 2) && parts[^1].RepeatFactor > RepeatMax)
                _reader.Fail("invalid repeat count", start, _reader.Position);
        }
        return true;
    }

    /// <summary>Measures a counted repetition; 0 when the text is none. Numbers too large to hold come back as too large to
    /// accept.</summary>
    private static int MeasureCounted(ReadOnlySpan<byte> text, out int min, out int max)
    {
        max = 0;
        var at = 1 + MeasureNumber(text[1..], out min);
        if (at == 1 || at >= text.Length) return 0;
        max = min;
        if (text[at] == ',')
        {
            at++;
            var digits = MeasureNumber(text[at..], out max);
            if (digits == 0 && (at >= text.Length || text[at] != '}')) return 0;
            if (digits == 0) max = RegexNode.Unbounded;
            at += digits;
        }
        return at < text.Length && text[at] == '}' ? at + 1 : 0;
    }

    private static int MeasureNumber(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        var length = 0;
        for (; length < text.Length && char.IsAsciiDigit((char)text[length]); length++)
            value = Math.Min((value * 10) + text[length] - '0', RepeatMax + 1);
        // A leading zero makes it no number.
        return length > 1 && text[0] == '0' ? 0 : length;
    }
}
