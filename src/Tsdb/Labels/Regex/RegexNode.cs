namespace Tsdb.Labels.Regex;

/// <summary>What a <see cref="RegexNode"/> is.</summary>
internal enum NodeKind
{
    /// <summary>Matches the empty text.</summary>
    Empty,

    /// <summary>Matches one code point of <see cref="RegexNode.Class"/>.</summary>
    Class,

    /// <summary>Matches the empty text where <see cref="RegexNode.Assertion"/> holds.</summary>
    Assertion,

    /// <summary>All children in a row.</summary>
    Concat,

    /// <summary>Any one child.</summary>
    Alternate,

    /// <summary>The only child, between <see cref="RegexNode.Min"/> and <see cref="RegexNode.Max"/> times.</summary>
    Repeat,
}

/// <summary>A pattern's syntax tree, as far as "does the whole text match" needs it.</summary>
/// <remarks>
/// Capture groups leave only their depth behind, and greediness nothing at all: neither changes whether the whole text matches.
/// A literal is a class of one code point. Concatenations and alternations are never nested directly in their own kind.
/// </remarks>
internal sealed class RegexNode
{
    /// <summary>No upper bound of a repetition.</summary>
    public const int Unbounded = -1;

    private RegexNode(NodeKind kind, RegexNode[] children)
    {
        Kind = kind;
        Children = children;
        Height = 1;
        RepeatFactor = 1;
        foreach (var child in children)
        {
            Height = Math.Max(Height, child.Height + 1);
            Size += child.Size;
            RepeatFactor = Math.Max(RepeatFactor, child.RepeatFactor);
        }
    }

    /// <summary>The empty text.</summary>
    public static RegexNode Empty { get; } = new(NodeKind.Empty, []) { Size = 1 };

    /// <summary>Which of the forms this is.</summary>
    public NodeKind Kind { get; }

    /// <summary>Parts of a concatenation, alternation or repetition.</summary>
    public RegexNode[] Children { get; }

    /// <summary>The accepted code points of a <see cref="NodeKind.Class"/>.</summary>
    public CharClass Class { get; private init; } = CharClass.Any;

    /// <summary>The condition of a <see cref="NodeKind.Assertion"/>.</summary>
    public Assertion Assertion { get; private init; }

    /// <summary>Least repetitions.</summary>
    public int Min { get; private init; }

    /// <summary>Most repetitions, or <see cref="Unbounded"/>.</summary>
    public int Max { get; private init; }

    /// <summary>Levels of the tree, capture groups counted.</summary>
    public int Height { get; private init; }

    /// <summary>Instructions the node compiles to, about.</summary>
    public long Size { get; private init; }

    /// <summary>The largest product of counted repetitions on a way down the tree; 1 without any.</summary>
    public long RepeatFactor { get; private init; }

    /// <summary>One code point of a set.</summary>
    public static RegexNode Of(CharClass set) => new(NodeKind.Class, []) { Class = set, Size = 1 };

    /// <summary>A condition on the position.</summary>
    public static RegexNode Of(Assertion assertion) => new(NodeKind.Assertion, []) { Assertion = assertion, Size = 1 };

    /// <summary>All parts in a row.</summary>
    public static RegexNode Concat(List<RegexNode> parts) =>
        parts.Count == 0 ? Empty : Combine(NodeKind.Concat, Flatten(NodeKind.Concat, parts), 0);

    /// <summary>Any one part.</summary>
    public static RegexNode Alternate(List<RegexNode> parts) =>
        Combine(NodeKind.Alternate, Flatten(NodeKind.Alternate, parts), parts.Count - 1);

    /// <summary>A part several times.</summary>
    /// <param name="child">What is repeated.</param>
    /// <param name="min">Least times, 0 or more.</param>
    /// <param name="max">Most times, or <see cref="Unbounded"/>.</param>
    /// <param name="counted">True for {n,m}, which counts towards <see cref="RepeatFactor"/>; false for * + and ?.</param>
    public static RegexNode Repeat(RegexNode child, int min, int max, bool counted)
    {
        var factor = child.RepeatFactor;
        if (counted) factor = max == 0 ? 1 : factor * Math.Max(max == Unbounded ? min : max, 1);
        var size = max == Unbounded ? (child.Size * Math.Max(min, 1)) + 1 : (child.Size * max) + max - min;
        return new RegexNode(NodeKind.Repeat, [child])
        {
            Min = min,
            Max = max,
            Height = child.Height + 1,
            RepeatFactor = factor,
            Size = Math.Max(size, 1),
        };
    }

    /// <summary>The same node one level higher: what a capture group adds.</summary>
    public RegexNode Raised() => new(Kind, Children)
    {
        Class = Class,
        Assertion = Assertion,
        Min = Min,
        Max = Max,
        Height = Height + 1,
        Size = Size,
        RepeatFactor = RepeatFactor,
    };

    private static RegexNode Combine(NodeKind kind, List<RegexNode> parts, int splits)
    {
        if (parts.Count == 1) return parts[0];
        var size = (long)splits;
        foreach (var part in parts) size += part.Size;
        return new RegexNode(kind, [.. parts]) { Size = size };
    }

    private static List<RegexNode> Flatten(NodeKind kind, List<RegexNode> parts)
    {
        var flat = new List<RegexNode>(parts.Count);
        foreach (var part in parts)
        {
            if (part.Kind == kind) flat.AddRange(part.Children);
            else flat.Add(part);
        }
        return flat;
    }
}
