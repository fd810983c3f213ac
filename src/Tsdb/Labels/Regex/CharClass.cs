namespace Tsdb.Labels.Regex;

/// <summary>A set of code points: what one position of a pattern accepts. Immutable.</summary>
/// <remarks>Held as sorted, disjoint, non-adjacent closed ranges, flattened to low, high, low, high.</remarks>
internal sealed class CharClass
{
    /// <summary>The largest code point.</summary>
    public const int MaxRune = 0x10FFFF;

    /// <summary>What a byte that is not part of valid UTF-8 counts as.</summary>
    public const int Replacement = 0xFFFD;

    private readonly int[] _bounds;

    /// <summary>Takes ownership of sorted, disjoint, non-adjacent ranges.</summary>
    public CharClass(int[] bounds)
    {
        _bounds = bounds;
        foreach (var (low, high) in this) Count += high - low + 1;
    }

    /// <summary>Every code point.</summary>
    public static CharClass Any { get; } = new([0, MaxRune]);

    /// <summary>Every code point but the line feed.</summary>
    public static CharClass NotNewline { get; } = new([0, '\n' - 1, '\n' + 1, MaxRune]);

    /// <summary>Code points in the set.</summary>
    public int Count { get; }

    /// <summary>The smallest code point; the set must not be empty.</summary>
    public int First => _bounds[0];

    /// <summary>Low and high ends alternating, ascending.</summary>
    public ReadOnlySpan<int> Bounds => _bounds;

    /// <summary>Whether a code point is in the set.</summary>
    public bool Contains(int rune)
    {
        var at = Array.BinarySearch(_bounds, rune);
        // On a bound: inside. Between bounds: inside when the next bound is a high end, which sits at an odd index.
        return at >= 0 || (~at & 1) == 1;
    }

    /// <summary>Walks the ranges, ascending.</summary>
    public RangeEnumerator GetEnumerator() => new(_bounds);

    /// <summary>Walks closed ranges of code points.</summary>
    public struct RangeEnumerator(int[] bounds)
    {
        private int _next;

        /// <summary>The range at the position, both ends included.</summary>
        public readonly (int Low, int High) Current => (bounds[_next - 2], bounds[_next - 1]);

        /// <summary>Steps to the next range.</summary>
        public bool MoveNext() => (_next += 2) <= bounds.Length;
    }
}
