using System.Text;

namespace Tsdb.Labels.Regex;

/// <summary>Which code points are equal when case is ignored: Unicode simple folding, one code point to one code point.</summary>
/// <remarks>
/// Simple folding is what RE2 uses: K, k and the Kelvin sign are one group, ß and ẞ another, but ß never equals "ss", and the
/// Turkish
/// dotted and dotless i stand alone. The groups follow from the simple upper and lower case mappings of the runtime.
/// </remarks>
internal static class CaseFolding
{
    private const int DottedCapitalI = 0x130;
    private const int DotlessSmallI = 0x131;

    // Cased letters of Unicode end with Adlam (U+1E943); nothing beyond needs a look.
    private const int LastCased = 0x1E943;

    // Groups the invariant mappings of the runtime leave apart because they join ASCII with other scripts or lack a mapping.
    private static readonly (int Left, int Right)[] Extra =
    [
        ('k', 0x212A), ('s', 0x17F), (0xE5, 0x212B), (0xDF, 0x1E9E), (0x3C9, 0x2126),
    ];

    private static readonly Table Groups = Build();

    /// <summary>Adds to a builder everything that equals a code point of the closed range, the code points themselves
    /// aside.</summary>
    public static void AddEquivalents(int low, int high, CharClassBuilder builder)
    {
        var at = Array.BinarySearch(Groups.Runes, low);
        if (at < 0) at = ~at;
        for (; at < Groups.Runes.Length && Groups.Runes[at] <= high; at++)
        {
            foreach (var rune in Groups.Members[at])
            {
                if (rune < low || rune > high) builder.Add(rune, rune);
            }
        }
    }

    private static Table Build()
    {
        var groups = new SortedDictionary<int, List<int>>();
        for (var rune = (int)'A'; rune <= LastCased; rune++)
        {
            if (rune is DottedCapitalI or DotlessSmallI || !Rune.IsValid(rune)) continue;
            Join(groups, rune, Rune.ToLowerInvariant(new Rune(rune)).Value);
            Join(groups, rune, Rune.ToUpperInvariant(new Rune(rune)).Value);
        }
        foreach (var (left, right) in Extra) Join(groups, left, right);

        var members = new int[groups.Count][];
        var index = 0;
        foreach (var group in groups.Values) members[index++] = [.. group];
        return new Table([.. groups.Keys], members);
    }

    private static void Join(SortedDictionary<int, List<int>> groups, int left, int right)
    {
        if (left == right) return;
        var first = groups.TryGetValue(left, out var known) ? known : [left];
        var second = groups.TryGetValue(right, out known) ? known : [right];
        if (ReferenceEquals(first, second)) return;
        first.AddRange(second);
        foreach (var rune in first) groups[rune] = first;
    }

    /// <summary>Every code point that has company, ascending, and its whole group at the same index.</summary>
    private sealed record Table(int[] Runes, int[][] Members);
}
