namespace Tsdb.Labels.Regex;

/// <summary>A pattern that is only literals with gaps between: foo.*, .*foo, .*a.*b.+, .*.</summary>
/// <remarks>
/// Compared byte by byte. That equals comparing characters, because a literal starts with a byte that never continues another
/// character,
/// and a gap of at least one byte is at least one character.
/// </remarks>
internal sealed class Wildcard
{
    private readonly byte[][] _literals;
    private readonly int[] _gaps;
    private readonly int _least;

    private Wildcard(List<byte[]> literals, List<int> gaps)
    {
        _literals = [.. literals];
        _gaps = [.. gaps];
        foreach (var literal in literals) _least += literal.Length;
        foreach (var gap in gaps) _least += gap;
    }

    /// <summary>Whether every text matches.</summary>
    public bool MatchesAll => _least == 0;

    /// <summary>Recognises the form; null when the tree is something else, also when it has no gap at all.</summary>
    public static Wildcard? TryCreate(RegexNode tree)
    {
        ReadOnlySpan<RegexNode> parts = tree.Kind == NodeKind.Concat ? tree.Children : [tree];
        var literals = new List<byte[]>();
        var gaps = new List<int>();
        var run = new List<byte>();
        foreach (var part in parts)
        {
            if (FiniteSet.TryAppendLiteral(part, run)) continue;
            if (!IsGap(part)) return null;
            if (run.Count == 0 && gaps.Count > 0)
            {
                // Two gaps in a row are one; .+.+ would need two characters, which bytes do not tell.
                if (gaps[^1] + part.Min > 1) return null;
                gaps[^1] += part.Min;
                continue;
            }
            literals.Add([.. run]);
            run.Clear();
            gaps.Add(part.Min);
        }
        literals.Add([.. run]);
        return gaps.Count > 0 ? new Wildcard(literals, gaps) : null;
    }

    /// <summary>Whether the whole text matches: each literal is taken at its first place, which leaves most room for the
    /// rest.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (text.Length < _least || !text.StartsWith(_literals[0]) || !text.EndsWith(_literals[^1])) return false;
        var rest = text[_literals[0].Length..^_literals[^1].Length];
        for (var i = 1; i < _literals.Length - 1; i++)
        {
            var gap = _gaps[i - 1];
            if (rest.Length < gap) return false;
            var at = rest[gap..].IndexOf(_literals[i]);
            if (at < 0) return false;
            rest = rest[(gap + at + _literals[i].Length)..];
        }
        return rest.Length >= _gaps[^1];
    }

    private static bool IsGap(RegexNode node) =>
        node is { Kind: NodeKind.Repeat, Min: 0 or 1, Max: RegexNode.Unbounded } && node.Children[0].Kind == NodeKind.Class
        && node.Children[0].Class.Count == CharClass.MaxRune + 1;
}
