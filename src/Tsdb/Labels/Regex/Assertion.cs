namespace Tsdb.Labels.Regex;

/// <summary>A condition on a position that consumes nothing. The values are bits, so that the ones that hold fit one
/// mask.</summary>
[Flags]
internal enum Assertion : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The start of the text: \A, or ^ without (?m).</summary>
    BeginText = 1,

    /// <summary>The end of the text: \z, or $ without (?m).</summary>
    EndText = 2,

    /// <summary>The start of the text or behind a line feed: ^ with (?m).</summary>
    BeginLine = 4,

    /// <summary>The end of the text or before a line feed: $ with (?m).</summary>
    EndLine = 8,

    /// <summary>Between an ASCII word character and none: \b.</summary>
    WordBoundary = 16,

    /// <summary>Between two of the same kind: \B.</summary>
    NoWordBoundary = 32,
}
