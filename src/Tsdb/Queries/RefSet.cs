using System.Buffers;
using System.Numerics;

namespace Tsdb.Queries;

/// <summary>A set of series references between two bounds: one bit each when they lie close, their list when they do
/// not.</summary>
/// <remarks>Rents its bits; disposal gives them back. One thread.</remarks>
internal sealed class RefSet : IDisposable
{
    private const int BitsPerWord = 64;

    // A bit set is used while it costs at most 8 bytes per reference, twice what a sorted list costs, or 1 MiB at all.
    private const long BitsPerRefMax = 64;
    private const long AlwaysBitsMax = 8L << 20;

    private readonly uint _first;
    private readonly int _wordCount;
    private ulong[] _words;

    private RefSet(uint first, int wordCount)
    {
        _first = first;
        _wordCount = wordCount;
        _words = ArrayPool<ulong>.Shared.Rent(wordCount);
        _words.AsSpan(0, wordCount).Clear();
    }

    /// <summary>Whether references between two bounds, inclusive, are worth a bit set.</summary>
    public static bool IsDense(uint first, uint last, long count)
    {
        var span = (long)last - first + 1;
        return span <= AlwaysBitsMax || span / BitsPerRefMax <= count;
    }

    /// <summary>An empty set for references between two bounds, inclusive.</summary>
    public static RefSet Between(uint first, uint last) => new(first, (int)((((long)last - first) / BitsPerWord) + 1));

    /// <summary>Adds references, all within the bounds.</summary>
    public void AddAll(ReadOnlySpan<uint> refs)
    {
        var words = _words.AsSpan(0, _wordCount);
        foreach (var seriesRef in refs)
        {
            var offset = seriesRef - _first;
            words[(int)(offset / BitsPerWord)] |= 1UL << (int)(offset % BitsPerWord);
        }
    }

    /// <summary>Whether a reference is in the set; ones outside the bounds are not.</summary>
    public bool Contains(uint seriesRef)
    {
        var offset = seriesRef - _first; // Wraps to something large for references below the bounds.
        var word = offset / BitsPerWord;
        return word < (uint)_wordCount && (_words[word] >> (int)(offset % BitsPerWord) & 1) != 0;
    }

    /// <summary>The references, ascending.</summary>
    public uint[] ToArray()
    {
        var count = 0;
        foreach (var word in _words.AsSpan(0, _wordCount)) count += BitOperations.PopCount(word);
        var refs = new uint[count];
        var at = 0;
        for (var i = 0; i < _wordCount; i++)
        {
            for (var word = _words[i]; word != 0; word &= word - 1)
                refs[at++] = _first + (uint)((i * BitsPerWord) + BitOperations.TrailingZeroCount(word));
        }
        return refs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var words = _words;
        _words = [];
        if (words.Length > 0) ArrayPool<ulong>.Shared.Return(words);
    }
}
