namespace Tsdb.Labels.Regex;

/// <summary>Collects ranges of code points in any order and makes a <see cref="CharClass"/> of them.</summary>
internal sealed class CharClassBuilder
{
    private readonly List<(int Low, int High)> _ranges = [];

    /// <summary>Adds a closed range.</summary>
    public CharClassBuilder Add(int low, int high)
    {
        // Callers often add neighbours in order; extending the last range keeps the list short.
        if (_ranges.Count > 0 && _ranges[^1].High + 1 == low) _ranges[^1] = (_ranges[^1].Low, high);
        else _ranges.Add((low, high));
        return this;
    }

    /// <summary>Adds every code point of a set.</summary>
    public CharClassBuilder Add(CharClass other)
    {
        foreach (var (low, high) in other) Add(low, high);
        return this;
    }

    /// <summary>Adds a closed range and everything its code points are equal to when case is ignored.</summary>
    public CharClassBuilder AddFolded(int low, int high)
    {
        Add(low, high);
        CaseFolding.AddEquivalents(low, high, this);
        return this;
    }

    /// <summary>Adds a set and everything its code points are equal to when case is ignored.</summary>
    public CharClassBuilder AddFolded(CharClass other)
    {
        foreach (var (low, high) in other) AddFolded(low, high);
        return this;
    }

    /// <summary>Adds every code point a set does not have.</summary>
    public CharClassBuilder AddNegated(CharClass other)
    {
        var next = 0;
        foreach (var (low, high) in other)
        {
            if (next < low) Add(next, low - 1);
            next = high + 1;
        }
        if (next <= CharClass.MaxRune) Add(next, CharClass.MaxRune);
        return this;
    }

    /// <summary>The union of everything added, or of everything else.</summary>
    public CharClass Build(bool negated = false)
    {
        _ranges.Sort();
        var bounds = new List<int>(_ranges.Count * 2);
        foreach (var (low, high) in _ranges)
        {
            if (bounds.Count > 0 && low <= bounds[^1] + 1) bounds[^1] = Math.Max(bounds[^1], high);
            else bounds.AddRange([low, high]);
        }
        var merged = new CharClass([.. bounds]);
        return negated ? new CharClassBuilder().AddNegated(merged).Build() : merged;
    }
}
