namespace Tsdb.Labels.Regex;

/// <summary>A compiled RE2 pattern that has to match a whole text. Any number of threads may use it.</summary>
/// <remarks>
/// Time is linear in the text for every pattern. The quickest form that fits is chosen once: a set of known texts, literals
/// with gaps,
/// or an automaton. Semantics: docs/decisions/0030-own-regular-expressions.md.
/// </remarks>
internal sealed class Re2Pattern
{
    // Up to here walking the list beats halving it.
    private const int LinearSearchMax = 4;

    private readonly byte[][]? _texts;
    private readonly Wildcard? _wildcard;
    private readonly LazyDfa? _automaton;
    private readonly byte[] _prefix;

    private Re2Pattern(RegexNode tree)
    {
        _texts = FiniteSet.TryEnumerate(tree);
        _wildcard = _texts is null ? Wildcard.TryCreate(tree) : null;
        if (_texts is null && _wildcard is null) _automaton = new LazyDfa(NfaProgram.Compile(tree));
        _prefix = FindPrefix(tree);
    }

    /// <summary>All texts that match, ascending by bytes; null when they are not a short list.</summary>
    public IReadOnlyList<byte[]>? Texts => _texts;

    /// <summary>Bytes every matching text begins with; may be empty.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix;

    /// <summary>Whether every text matches, known without trying.</summary>
    public bool MatchesAll => _wildcard is { MatchesAll: true };

    /// <summary>Compiles a pattern that stands for the whole text: as if between ^ and $, with a dot that matches line
    /// feeds.</summary>
    /// <returns>Null with a one-line <paramref name="error"/> in Go's words when the pattern is not RE2.</returns>
    public static Re2Pattern? TryParse(ReadOnlySpan<byte> pattern, out string error)
    {
        if (RegexParser.Parse(pattern, dotIsAny: true, out error) is null) return null;
        // Upstream parses the bare pattern first and then the wrapped one; a few patterns pass only the first.
        byte[] wrapped = [.. "^(?s:"u8, .. pattern, .. ")$"u8];
        return TryParseAnchored(wrapped, out error);
    }

    /// <summary>Compiles a pattern that brings its own anchors, if it wants any; it has to match the whole text all the
    /// same.</summary>
    /// <returns>Null with a one-line <paramref name="error"/> in Go's words when the pattern is not RE2.</returns>
    public static Re2Pattern? TryParseAnchored(ReadOnlySpan<byte> pattern, out string error)
    {
        var tree = RegexParser.Parse(pattern, dotIsAny: false, out error);
        return tree is null ? null : new Re2Pattern(WithoutAnchors(tree));
    }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (_texts is not null) return ContainsText(_texts, text);
        if (_wildcard is not null) return _wildcard.IsMatch(text);
        return text.StartsWith(_prefix) && _automaton!.IsMatch(text);
    }

    private static bool ContainsText(byte[][] texts, ReadOnlySpan<byte> text)
    {
        if (texts.Length <= LinearSearchMax)
        {
            foreach (var candidate in texts)
            {
                if (text.SequenceEqual(candidate)) return true;
            }
            return false;
        }
        var (low, high) = (0, texts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = text.SequenceCompareTo(texts[middle]);
            if (order == 0) return true;
            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }
        return false;
    }

    /// <summary>Drops a leading start-of-text and a trailing end-of-text: the whole text is matched anyway.</summary>
    private static RegexNode WithoutAnchors(RegexNode tree)
    {
        ReadOnlySpan<RegexNode> parts = tree.Kind == NodeKind.Concat ? tree.Children : [tree];
        while (parts is [{ Kind: NodeKind.Assertion, Assertion: Assertion.BeginText }, ..]) parts = parts[1..];
        while (parts is [.., { Kind: NodeKind.Assertion, Assertion: Assertion.EndText }]) parts = parts[..^1];
        return RegexNode.Concat([.. parts]);
    }

    private static byte[] FindPrefix(RegexNode tree)
    {
        ReadOnlySpan<RegexNode> parts = tree.Kind == NodeKind.Concat ? tree.Children : [tree];
        var prefix = new List<byte>();
        foreach (var part in parts)
        {
            if (!FiniteSet.TryAppendLiteral(part, prefix)) break;
        }
        return [.. prefix];
    }
}
