namespace Tsdb.Labels.Regex;

/// <summary>The ASCII sets with names: \d, \s, \w and POSIX [:alpha:] and its kin.</summary>
internal static class AsciiClasses
{
    private static readonly CharClass Digit = Of('0', '9');
    private static readonly CharClass Word = Of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');

    // The Perl set: no vertical tab, unlike [:space:].
    private static readonly CharClass PerlSpace = Of('\t', '\n', '\f', '\r', ' ', ' ');

    private static readonly Dictionary<string, CharClass> Posix = new()
    {
        ["alnum"] = Of('0', '9', 'A', 'Z', 'a', 'z'),
        ["alpha"] = Of('A', 'Z', 'a', 'z'),
        ["ascii"] = Of('\0', '\x7F'),
        ["blank"] = Of('\t', '\t', ' ', ' '),
        ["cntrl"] = Of('\0', '\x1F', '\x7F', '\x7F'),
        ["digit"] = Digit,
        ["graph"] = Of('!', '~'),
        ["lower"] = Of('a', 'z'),
        ["print"] = Of(' ', '~'),
        ["punct"] = Of('!', '/', ':', '@', '[', '`', '{', '~'),
        ["space"] = Of('\t', '\r', ' ', ' '),
        ["upper"] = Of('A', 'Z'),
        ["word"] = Word,
        ["xdigit"] = Of('0', '9', 'A', 'F', 'a', 'f'),
    };

    /// <summary>What \b looks at: the set of \w.</summary>
    public static CharClass WordClass => Word;

    /// <summary>The set of \d, \D, \s, \S, \w or \W, given the letter.</summary>
    /// <param name="letter">The byte after the backslash.</param>
    /// <param name="set">The set before negation.</param>
    /// <param name="negated">True for a capital letter.</param>
    public static bool TryFindPerl(byte letter, out CharClass set, out bool negated)
    {
        negated = letter is >= (byte)'A' and <= (byte)'Z';
        set = (letter | 0x20) switch // 0x20 is the bit that tells lower from upper case in ASCII.
        {
            'd' => Digit,
            's' => PerlSpace,
            'w' => Word,
            _ => CharClass.Any,
        };
        return letter is (byte)'d' or (byte)'D' or (byte)'s' or (byte)'S' or (byte)'w' or (byte)'W';
    }

    /// <summary>The set of a POSIX name, without brackets and colons.</summary>
    public static bool TryFindPosix(string name, out CharClass set) => Posix.TryGetValue(name, out set!);

    private static CharClass Of(params ReadOnlySpan<char> bounds)
    {
        var copy = new int[bounds.Length];
        for (var i = 0; i < copy.Length; i++) copy[i] = bounds[i];
        return new CharClass(copy);
    }
}
