using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>The strings of an index being written: ascending, each found by its bytes.</summary>
/// <remarks>Costs the encoded string plus about 16 bytes each: its place (8) and a hash slot (4, half full).</remarks>
internal sealed class SymbolIndex
{
    /// <summary>Strings are kept in pages so that growth never copies them; a longer string gets a page of its own.</summary>
    private const int PageBytes = 1 << 20;

    private readonly List<(byte[] Bytes, int Used)> _pages = [];
    private readonly List<ulong> _places = [];
    private uint[] _slots = new uint[1024];

    public int Count => _places.Count;

    /// <summary>Bytes of all strings with their length prefixes.</summary>
    public long EncodedBytes { get; private set; }

    /// <summary>The strings with their length prefixes, in order, in runs.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> EncodedRuns()
    {
        foreach (var (bytes, used) in _pages) yield return bytes.AsMemory(0, used);
    }

    /// <exception cref="InvalidOperationException">The symbol does not sort behind the one before.</exception>
    public void Add(ReadOnlySpan<byte> symbol)
    {
        if (Count > 0 && Get((uint)Count - 1).SequenceCompareTo(symbol) >= 0)
            throw new InvalidOperationException($"BUG: symbol {Count} is out of order");
        var size = Varint.Length((ulong)symbol.Length) + symbol.Length;
        if (_pages.Count == 0 || _pages[^1].Bytes.Length - _pages[^1].Used < size)
            _pages.Add((new byte[Math.Max(PageBytes, size)], 0));
        var (bytes, used) = _pages[^1];
        _places.Add(((ulong)(_pages.Count - 1) << 32) | (uint)used);
        var prefix = Varint.Write(bytes.AsSpan(used), (ulong)symbol.Length);
        symbol.CopyTo(bytes.AsSpan(used + prefix));
        _pages[^1] = (bytes, used + size);
        EncodedBytes += size;
        if (_places.Count * 2 > _slots.Length) Grow();
        else Place(symbol, (uint)_places.Count);
    }

    public ReadOnlySpan<byte> Get(uint index)
    {
        var place = _places[(int)index];
        var rest = _pages[(int)(place >> 32)].Bytes.AsSpan((int)(uint)place);
        var prefix = Varint.Read(rest, out var length);
        return rest.Slice(prefix, (int)length);
    }

    public bool TryFind(ReadOnlySpan<byte> symbol, out uint index)
    {
        var mask = (uint)_slots.Length - 1;
        for (var at = (uint)KeyedHash.Compute(symbol).Low & mask; _slots[at] != 0; at = (at + 1) & mask)
        {
            index = _slots[at] - 1;
            if (Get(index).SequenceEqual(symbol)) return true;
        }
        index = 0;
        return false;
    }

    private void Place(ReadOnlySpan<byte> symbol, uint indexPlusOne)
    {
        var mask = (uint)_slots.Length - 1;
        var at = (uint)KeyedHash.Compute(symbol).Low & mask;
        while (_slots[at] != 0) at = (at + 1) & mask;
        _slots[at] = indexPlusOne;
    }

    private void Grow()
    {
        _slots = new uint[_slots.Length * 4];
        for (var i = 0u; i < _places.Count; i++) Place(Get(i), i + 1);
    }
}
