using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>The part that reads sets: brackets, \d and its kin, \p{…}, [:alpha:].</summary>
internal ref partial struct PatternReader
{
    /// <summary>Reads a bracketed set; the position is at the opening bracket.</summary>
    public CharClass ReadBrackets()
    {
        var start = Position++;
        var negated = Peek() == '^';
        if (negated) Position++;
        var builder = new CharClassBuilder();
        for (var isFirst = true; Error is null; isFirst = false)
        {
            if (Peek() == ']' && !isFirst) // A bracket in the first place is a member.
            {
                Position++;
                break;
            }
            if (!TryReadPosix(builder) && !TryReadGroup(builder)) ReadRange(start, builder);
        }
        return Error is null ? builder.Build(negated) : CharClass.Any;
    }

    /// <summary>Reads \d, \w, \s, \p{…} or a negation of those, if the position is at one.</summary>
    /// <returns>False, with nothing consumed, when it is something else; true also when it was one with an error.</returns>
    public bool TryReadGroup(CharClassBuilder builder)
    {
        if (Rest is not [(byte)'\\', var letter, ..]) return false;
        if (letter is (byte)'p' or (byte)'P')
        {
            ReadUnicode(letter == 'P', builder);
            return true;
        }
        if (!AsciiClasses.TryFindPerl(letter, out var set, out var negated)) return false;
        Position += 2;
        AddSet(set, negated, builder);
        return true;
    }

    private bool TryReadPosix(CharClassBuilder builder)
    {
        if (!Rest.StartsWith("[:"u8)) return false;
        var end = Rest[2..].IndexOf(":]"u8);
        if (end < 0) return false;
        var name = Rest.Slice(2, end);
        var negated = name is [(byte)'^', ..];
        var start = Position;
        Position += end + 4; // The name and its two two-byte delimiters.
        var bare = Encoding.UTF8.GetString(negated ? name[1..] : name);
        if (AsciiClasses.TryFindPosix(bare, out var set)) AddSet(set, negated, builder);
        else Fail("invalid character class range", start, Position);
        return true;
    }

    private void ReadUnicode(bool negated, CharClassBuilder builder)
    {
        var start = Position;
        Position += 2;
        var nameStart = Position;
        var nameEnd = Position;
        if (Peek() == '{')
        {
            var close = Rest.IndexOf((byte)'}');
            if (close < 0)
            {
                if (CheckUtf8(start, Pattern.Length)) Fail("invalid character class range", start, Pattern.Length);
                return;
            }
            nameStart++;
            nameEnd = Position + close;
            Position = nameEnd + 1;
            if (!CheckUtf8(nameStart, nameEnd)) return;
        }
        else
        {
            ReadRune();
            if (Error is not null) return;
            nameEnd = Position;
        }
        var name = Pattern[nameStart..nameEnd];
        if (name is [(byte)'^', ..])
        {
            negated = !negated;
            name = name[1..];
        }
        if (UnicodeClasses.TryFind(name, out var set)) AddSet(set, negated, builder);
        else Fail("invalid character class range", start, Position);
    }

    private readonly void AddSet(CharClass set, bool negated, CharClassBuilder builder)
    {
        if (IgnoresCase) set = new CharClassBuilder().AddFolded(set).Build();
        if (negated) builder.AddNegated(set);
        else builder.Add(set);
    }

    /// <summary>Reads one member or a range a-z of a bracketed set.</summary>
    private void ReadRange(int bracketStart, CharClassBuilder builder)
    {
        var start = Position;
        var low = ReadMember(bracketStart);
        var high = low;
        // A hyphen before the closing bracket is a member itself.
        if (Error is null && Peek() == '-' && Position + 1 < Pattern.Length && Peek(1) != ']')
        {
            Position++;
            high = ReadMember(bracketStart);
            if (Error is null && high < low) Fail("invalid character class range", start, Position);
        }
        if (Error is not null) return;
        if (IgnoresCase) builder.AddFolded(low, high);
        else builder.Add(low, high);
    }

    private int ReadMember(int bracketStart)
    {
        if (AtEnd)
        {
            Fail("missing closing ]", bracketStart, Pattern.Length);
            return NoRune;
        }
        return Peek() == '\\' ? ReadEscape() : ReadRune();
    }
}
