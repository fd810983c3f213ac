using System.Buffers;
using System.Numerics;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Sorts series by their labels without comparing texts again and again.</summary>
/// <remarks>
/// Place by place, the distinct labels there are sorted once and numbered; a series' numbers, packed into one word, are its key.
/// Ten thousand of a million series differ in a few places only, so the word nearly always says everything; series whose words
/// are equal are compared by their texts. Needs a reader lease taken before the series were selected.
/// </remarks>
internal sealed class SeriesOrder(TsdbHead head)
{
    /// <summary>Below this many, comparing texts is cheaper than numbering them.</summary>
    private const int NumberedMin = 64;

    private const int KeyBits = 64;

    private readonly List<uint> _distinct = [];
    private readonly Comparison<uint> _byText = head.Index.Pairs.Compare;

    /// <summary>Sorts series indexes ascending by labels, as <see cref="HeadIndex.Compare"/>.</summary>
    public void Sort(Span<uint> series)
    {
        if (series.Length < NumberedMin)
        {
            SortByText(series);
            return;
        }
        var keys = ArrayPool<ulong>.Shared.Rent(series.Length);
        var pairs = (int)head.Index.Pairs.End; // Once: requests add more meanwhile, which none of these series has.
        var numbers = ArrayPool<uint>.Shared.Rent(pairs);
        try
        {
            Array.Clear(numbers, 0, pairs);
            var used = keys.AsSpan(0, series.Length);
            used.Clear();
            var isWhole = MakeKeys(series, used, numbers);
            used.Sort(series);
            if (!isWhole) SortEqual(used, series);
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(numbers);
            ArrayPool<ulong>.Shared.Return(keys);
        }
    }

    /// <returns>Whether the keys say everything.</returns>
    private bool MakeKeys(ReadOnlySpan<uint> series, Span<ulong> keys, uint[] numbers)
    {
        var places = 0;
        foreach (var index in series) places = Math.Max(places, head.Series.Cold[index].LabelCount);
        var bitsLeft = KeyBits;
        for (var place = 0; place < places; place++)
        {
            var bits = Number(series, place, numbers);
            if (bits > 0 && bits <= bitsLeft) Shift(series, keys, place, numbers, bits);
            foreach (var pair in _distinct) numbers[pair] = 0;
            if (bits > bitsLeft) return false;
            bitsLeft -= bits;
        }
        return true;
    }

    /// <summary>Numbers the labels at one place from 1; a series without one there has 0.</summary>
    /// <returns>Bits of a number; 0 when all series have the same label.</returns>
    private int Number(ReadOnlySpan<uint> series, int place, uint[] numbers)
    {
        _distinct.Clear();
        var isMissing = false;
        foreach (var index in series)
        {
            var pair = At(index, place);
            if (pair == NativeSlab<LabelPair>.None)
            {
                isMissing = true;
                continue;
            }
            if (numbers[pair] != 0) continue;
            numbers[pair] = 1;
            _distinct.Add(pair);
        }
        if (_distinct.Count == 1 && !isMissing) return 0;
        _distinct.Sort(_byText);
        for (var i = 0; i < _distinct.Count; i++) numbers[_distinct[i]] = (uint)i + 1;
        return 32 - BitOperations.LeadingZeroCount((uint)_distinct.Count);
    }

    private void Shift(ReadOnlySpan<uint> series, Span<ulong> keys, int place, uint[] numbers, int bits)
    {
        for (var i = 0; i < series.Length; i++)
        {
            var pair = At(series[i], place);
            keys[i] = (keys[i] << bits) | (pair == NativeSlab<LabelPair>.None ? 0 : numbers[pair]);
        }
    }

    private uint At(uint series, int place)
    {
        var labels = head.Index.LabelsOf(head.Series.Cold[series]);
        return place < labels.Length ? labels[place] : NativeSlab<LabelPair>.None;
    }

    private void SortEqual(ReadOnlySpan<ulong> keys, Span<uint> series)
    {
        for (int from = 0, end; from < keys.Length; from = end)
        {
            end = from + 1;
            while (end < keys.Length && keys[end] == keys[from]) end++;
            if (end - from > 1) SortByText(series[from..end]);
        }
    }

    private void SortByText(Span<uint> series) =>
        series.Sort((a, b) => head.Index.Compare(head.Series.Cold[a], head.Series.Cold[b]));
}
