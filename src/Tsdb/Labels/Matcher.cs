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
public sealed class Matcher
{
    private readonly byte[] _name;
    private readonly byte[] _value;

    private Matcher(MatchType type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Type = type;
        _name = name.ToArray();
        _value = value.ToArray();
    }

    /// <summary>How to compare.</summary>
    public MatchType Type { get; }

    /// <summary>Label name, UTF-8.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Value or pattern, UTF-8.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Builds a matcher, compiling its pattern if it has one.</summary>
    /// <returns>False with a one-line <paramref name="error"/> when the pattern is not RE2 or the type is unknown.</returns>
    public static bool TryCreate(MatchType type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, out Matcher matcher, out string error)
    {
        matcher = new Matcher(type, name, value);
        error = "";
        return true;
    }

    /// <summary>Whether a value satisfies the condition.</summary>
    public bool Matches(ReadOnlySpan<byte> value) => Type == MatchType.Equal == value.SequenceEqual(_value);
}
