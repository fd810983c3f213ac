using System.Buffers;
using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>Reads the tokens of a pattern front to back. The first error sticks: check <see cref="Error"/> after each
/// call.</summary>
/// <remarks>Error texts are those of the Go package regexp, which clients know: a fixed phrase, then the offending part in
/// backquotes.</remarks>
internal ref partial struct PatternReader(ReadOnlySpan<byte> pattern)
{
    /// <summary>What reading past the end, or a failed read, gives.</summary>
    public const int NoRune = -1;

    /// <summary>The whole pattern, UTF-8.</summary>
    public ReadOnlySpan<byte> Pattern { get; } = pattern;

    /// <summary>Offset of the next byte.</summary>
    public int Position { get; set; }

    /// <summary>One line, or null while all is well.</summary>
    public string? Error { get; private set; }

    /// <summary>Case is ignored from here on: (?i).</summary>
    public bool IgnoresCase { get; set; }

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => Pattern[Position..];

    /// <summary>Whether nothing is left, or an error ended the reading.</summary>
    public readonly bool AtEnd => Position >= Pattern.Length || Error is not null;

    /// <summary>The byte at an offset from the position; 0 behind the end.</summary>
    public readonly byte Peek(int offset = 0) => Position + offset < Pattern.Length ? Pattern[Position + offset] : (byte)0;

    /// <summary>Records an error about the part of the pattern between two offsets.</summary>
    public void Fail(string phrase, int start, int end) =>
        Error ??= $"error parsing regexp: {phrase}: `{Encoding.UTF8.GetString(Pattern[start..end])}`";

    /// <summary>Reads one code point; <see cref="NoRune"/> at the end or for invalid UTF-8, which is an error.</summary>
    public int ReadRune()
    {
        if (AtEnd) return NoRune;
        if (Rune.DecodeFromUtf8(Rest, out var rune, out var length) != OperationStatus.Done)
        {
            Fail("invalid UTF-8", Position, Pattern.Length);
            return NoRune;
        }
        Position += length;
        return rune.Value;
    }

    /// <summary>Whether a part of the pattern is valid UTF-8; an error if not.</summary>
    public bool CheckUtf8(int start, int end)
    {
        var rest = Pattern[start..end];
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out _, out var length) != OperationStatus.Done)
            {
                Fail("invalid UTF-8", end - rest.Length, end);
                return false;
            }
            rest = rest[length..];
        }
        return true;
    }

    /// <summary>Reads an escaped code point; the position is at the backslash.</summary>
    public int ReadEscape()
    {
        var start = Position++;
        if (AtEnd)
        {
            Fail("trailing backslash at end of expression", start, start);
            return NoRune;
        }
        var rune = ReadRune();
        if (Error is not null) return NoRune;
        var value = rune switch
        {
            >= '1' and <= '7' when Peek() is < (byte)'0' or > (byte)'7' => NoRune, // A backreference, which RE2 does not have.
            >= '0' and <= '7' => ReadOctal(rune - '0'),
            'x' => ReadHex(),
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            < 0x80 when !char.IsAsciiLetterOrDigit((char)rune) => rune,
            _ => NoRune,
        };
        if (value == NoRune) Fail("invalid escape sequence", start, Position);
        return value;
    }

    /// <summary>Reads up to two more octal digits.</summary>
    private int ReadOctal(int value)
    {
        for (var i = 0; i < 2 && Peek() is >= (byte)'0' and <= (byte)'7'; i++)
            value = (value * 8) + Pattern[Position++] - '0';
        return value;
    }

    /// <summary>Reads two hexadecimal digits or any number of them in braces.</summary>
    private int ReadHex()
    {
        var first = ReadRune();
        if (first != '{')
        {
            if (first == NoRune) return NoRune;
            var second = ReadRune();
            var (high, low) = (HexValue(first), HexValue(second));
            return high < 0 || low < 0 ? NoRune : (high * 16) + low;
        }
        var value = 0;
        var digits = 0;
        while (true)
        {
            var rune = ReadRune();
            if (rune == '}') return digits > 0 ? value : NoRune;
            var digit = HexValue(rune);
            if (digit < 0) return NoRune;
            value = (value * 16) + digit;
            if (value > CharClass.MaxRune) return NoRune;
            digits++;
        }
    }

    private static int HexValue(int rune) => rune switch
    {
        >= '0' and <= '9' => rune - '0',
        >= 'a' and <= 'f' => rune - 'a' + 10,
        >= 'A' and <= 'F' => rune - 'A' + 10,
        _ => -1,
    };
}
