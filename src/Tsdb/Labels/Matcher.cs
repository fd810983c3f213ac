using Tsdb.Labels.Regex;

namespace Tsdb.Labels;

/// <summary>How a matcher compares; the numbers are those of the StoreAPI.</summary>
public enum MatchType
{
    /// <summary>Equal bytes.</summary>
    Equal = 0,

    /// <summary>Different bytes.</summary>
    NotEqual = 1,

    /// <summary>The whole value matches an RE2 pattern.</summary>
    Regex = 2,

    /// <summary>The whole value does not match an RE2 pattern.</summary>
    NotRegex = 3,
}

/// <summary>A condition on one label. A label that a series does not have counts as the empty value.</summary>
/// <remarks>Immutable; any number of threads may use one. Values are compared as bytes, patterns match the whole value.</remarks>
public sealed class Matcher
{
    private readonly byte[] _name;
    private readonly byte[] _value;
    private readonly Re2Pattern? _pattern;

    private Matcher(MatchType type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Re2Pattern? pattern)
    {
        Type = type;
        _name = name.ToArray();
        _value = value.ToArray();
        _pattern = pattern;
        MatchesEmpty = Matches(default);
        SetMatches = pattern is null ? [_value] : pattern.Texts;
    }

    /// <summary>How to compare.</summary>
    public MatchType Type { get; }

    /// <summary>Label name, UTF-8.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Value or pattern, UTF-8.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Whether series without the label satisfy the condition.</summary>
    public bool MatchesEmpty { get; }

    /// <summary>Whether the condition is that something does not match.</summary>
    public bool IsNegative => Type is MatchType.NotEqual or MatchType.NotRegex;

    /// <summary>All values that equal the value or match the pattern, ascending by bytes; null when they are not a short
    /// list.</summary>
    /// <remarks>A negative matcher is satisfied by every value but these.</remarks>
    public IReadOnlyList<byte[]>? SetMatches { get; }

    /// <summary>What every value that equals the value or matches the pattern begins with; may be empty.</summary>
    public ReadOnlySpan<byte> Prefix => _pattern is null ? _value : _pattern.Prefix;

    /// <summary>Whether the pattern, before a negation, is known to match every value.</summary>
    public bool PatternMatchesAll => _pattern is { MatchesAll: true };

    /// <summary>Builds a matcher, compiling its pattern if it has one.</summary>
    /// <param name="type">How to compare.</param>
    /// <param name="name">Label name, UTF-8; copied.</param>
    /// <param name="value">Value or RE2 pattern, UTF-8; copied.</param>
    /// <param name="matcher">The matcher; null when false is returned.</param>
    /// <param name="error">Why not, in upstream's words.</param>
    /// <returns>False with a one-line <paramref name="error"/> when the pattern is not RE2 or the type is unknown.</returns>
    public static bool TryCreate(
        MatchType type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, out Matcher matcher, out string error)
    {
        error = "";
        Re2Pattern? pattern = null;
        if (type is < MatchType.Equal or > MatchType.NotRegex) error = $"unrecognized label matcher type {(int)type}";
        else if (type is MatchType.Regex or MatchType.NotRegex) pattern = Re2Pattern.TryParse(value, out error);
        matcher = error.Length > 0 ? null! : new Matcher(type, name, value, pattern);
        return error.Length == 0;
    }

    /// <summary>Whether a value satisfies the condition.</summary>
    public bool Matches(ReadOnlySpan<byte> value) =>
        (_pattern is null ? value.SequenceEqual(_value) : _pattern.IsMatch(value)) != IsNegative;
}
