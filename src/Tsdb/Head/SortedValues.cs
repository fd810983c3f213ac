
namespace Tsdb.Head;

/// <summary>The values of one label name in order, kept between queries: values that came since are sorted by themselves and
/// merged, and neither happens under the index lock.</summary>
internal sealed class SortedValues
{
    private Value[] _sorted = [];

    /// <summary>Pairs of the name, of the front of its list, that are in order here.</summary>
    public int Count => _sorted.Length;

    /// <summary>The references in order; needs the index lock.</summary>
    public ReadOnlySpan<Value> Span => _sorted;

    /// <summary>What has come since; needs the index lock.</summary>
    public Value[] Newcomers(LabelName name, LabelPairs pairs)
    {
        var newcomers = new Value[name.Pairs.Count - _sorted.Length];
        for (var i = 0; i < newcomers.Length; i++)
        {
            var pair = name.Pairs[_sorted.Length + i];
            newcomers[i] = new Value(pair, pairs[pair].Value);
        }
        return newcomers;
    }

    /// <summary>These values and some more, in order. Texts never move, so no lock is needed.</summary>
    public SortedValues With(Value[] newcomers, SymbolArena symbols)
    {
        Array.Sort(newcomers, (a, b) => symbols.Span(a.Text).SequenceCompareTo(symbols.Span(b.Text)));
        if (_sorted.Length == 0) return new SortedValues { _sorted = newcomers };
        var merged = new Value[_sorted.Length + newcomers.Length];
        for (int i = 0, left = 0, right = 0; i < merged.Length; i++)
        {
            var isLeft = right == newcomers.Length || (left < _sorted.Length
                && symbols.Span(_sorted[left].Text).SequenceCompareTo(symbols.Span(newcomers[right].Text)) < 0);
            merged[i] = isLeft ? _sorted[left++] : newcomers[right++];
        }
        return new SortedValues { _sorted = merged };
    }

    /// <summary>A label pair and its value's text.</summary>
    public readonly record struct Value(uint Pair, Symbol Text);
}
