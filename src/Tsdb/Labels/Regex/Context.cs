namespace Tsdb.Labels.Regex;

/// <summary>What assertions need to know about the character before a position.</summary>
/// <param name="IsStart">There is none: the position is the start of the text.</param>
/// <param name="IsNewline">It is a line feed.</param>
/// <param name="IsWord">It is an ASCII letter, digit or underscore.</param>
internal readonly record struct Context(bool IsStart, bool IsNewline, bool IsWord)
{
    /// <summary>At the start of a text.</summary>
    public static Context Start { get; } = new(IsStart: true, IsNewline: false, IsWord: false);

    /// <summary>Behind a code point, remembering only what some of the assertions ask for: fewer contexts make fewer
    /// states.</summary>
    public static Context After(int rune, Assertion asked)
    {
        var asksLine = (asked & (Assertion.BeginLine | Assertion.EndLine)) != 0;
        var asksWord = (asked & (Assertion.WordBoundary | Assertion.NoWordBoundary)) != 0;
        return new Context(IsStart: false, asksLine && rune == '\n', asksWord && AsciiClasses.WordClass.Contains(rune));
    }

    /// <summary>The assertions that hold, given the code point ahead.</summary>
    /// <param name="ahead">The next code point, or <see cref="PatternReader.NoRune"/> at the end of the text.</param>
    public Assertion Holding(int ahead)
    {
        var atEnd = ahead == PatternReader.NoRune;
        var wordAhead = !atEnd && AsciiClasses.WordClass.Contains(ahead);
        var holding = IsWord != wordAhead ? Assertion.WordBoundary : Assertion.NoWordBoundary;
        if (IsStart) holding |= Assertion.BeginText | Assertion.BeginLine;
        if (IsNewline) holding |= Assertion.BeginLine;
        if (atEnd) holding |= Assertion.EndText | Assertion.EndLine;
        if (ahead == '\n') holding |= Assertion.EndLine;
        return holding;
    }
}
