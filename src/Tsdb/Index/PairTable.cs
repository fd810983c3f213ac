namespace Tsdb.Index;

/// <summary>Counts how many series carry each label, then tells each label's place in the order of the postings.</summary>
/// <remarks>A label is a pair of symbol references; since symbols are sorted, pairs sort as numbers. About 24 bytes a
/// label.</remarks>
internal sealed class PairTable
{
    private ulong[] _keys = new ulong[1024]; // Pair plus one: zero is a free slot.
    private uint[] _values = new uint[1024];
    private int _count;

    public static ulong Pair(uint name, uint value) => ((ulong)name << 32) | value;

    /// <summary>One more series carries the label.</summary>
    public void Increment(ulong pair)
    {
        if (_count * 2 > _keys.Length) Grow();
        var at = Slot(pair);
        if (_keys[at] == 0)
        {
            _keys[at] = pair + 1;
            _count++;
        }
        _values[at]++;
    }

    /// <summary>Ends counting: from now on <see cref="Rank"/> tells positions in the lists returned here.</summary>
    public (ulong[] Pairs, uint[] Counts) Sort()
    {
        var pairs = new ulong[_count];
        var counts = new uint[_count];
        var next = 0;
        for (var at = 0; at < _keys.Length; at++)
        {
            if (_keys[at] == 0) continue;
            pairs[next] = _keys[at] - 1;
            counts[next++] = _values[at];
        }
        Array.Sort(pairs, counts);
        for (var rank = 0; rank < pairs.Length; rank++) _values[Slot(pairs[rank])] = (uint)rank;
        return (pairs, counts);
    }

    public uint Rank(ulong pair) => _values[Slot(pair)];

    private int Slot(ulong pair)
    {
        var mask = _keys.Length - 1;
        // 2^64 divided by the golden ratio spreads neighbouring pairs; the high bits are the good ones.
        var at = (int)((pair * 0x9e3779b97f4a7c15) >> 32) & mask;
        while (_keys[at] != 0 && _keys[at] != pair + 1) at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var (keys, values) = (_keys, _values);
        _keys = new ulong[keys.Length * 2];
        _values = new uint[keys.Length * 2];
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0) continue;
            var at = Slot(keys[i] - 1);
            (_keys[at], _values[at]) = (keys[i], values[i]);
        }
    }
}
