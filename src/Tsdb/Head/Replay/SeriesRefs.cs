using System.Numerics;
using System.Runtime.CompilerServices;
using Tsdb.Memory;

namespace Tsdb.Head.Replay;

/// <summary>Finds the series that a reference of the log means.</summary>
/// <remarks>
/// A series knows its own reference, so the table has slots of four bytes and compares there. Logs repeat the order of creation:
/// the series after the last one found is tried first. A series that was logged again under another reference keeps the first;
/// the
/// others are remembered aside. One thread.
/// </remarks>
internal sealed class SeriesRefs(NativeSlab<ColdSeries> cold)
{
    /// <summary>Fibonacci hashing: references are consecutive numbers, their products with this are not.</summary>
    public const ulong Multiplier = 0x9e3779b97f4a7c15;

    private const int GroupShift = 6;
    private const uint GroupMask = (1 << GroupShift) - 1;

    private readonly Dictionary<ulong, uint> _others = [];
    private uint[] _slots = new uint[1024]; // Series index plus one; 0 = empty. At most half full.
    private int _used;
    private uint _last;

    /// <summary>The series with this reference, or <see cref="AppendItem.NoSeries"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(ulong reference)
    {
        var next = _last + 1;
        if (next < cold.End && cold[next].Ref == reference && reference != 0) return _last = next;
        return Search(reference);
    }

    /// <summary>Adds a series under the reference that it has.</summary>
    public void Add(uint index)
    {
        if ((_used + 1) * 2 > _slots.Length) Grow();
        Place(_slots, index);
        _used++;
    }

    /// <summary>Adds a reference by which the log means a series that has another one.</summary>
    public void AddOther(ulong reference, uint index) => _others[reference] = index;

    /// <summary>Forgets series that are about to be removed; their slots lose their references then.</summary>
    public void Remove(HashSet<uint> removed)
    {
        foreach (var (reference, index) in _others)
        {
            if (removed.Contains(index)) _others.Remove(reference);
        }
    }

    private uint Search(ulong reference)
    {
        var mask = (uint)_slots.Length - 1;
        for (var at = Home(_slots, reference); reference != 0 && _slots[at] != 0; at = (at + 1) & mask)
        {
            var index = _slots[at] - 1;
            if (cold[index].Ref == reference) return _last = index;
        }
        return _others.TryGetValue(reference, out var other) ? other : AppendItem.NoSeries;
    }

    private void Grow()
    {
        var larger = new uint[_slots.Length * 2];
        foreach (var slot in _slots)
        {
            if (slot != 0) Place(larger, slot - 1);
        }
        _slots = larger;
    }

    private void Place(uint[] slots, uint index)
    {
        var mask = (uint)slots.Length - 1;
        var at = Home(slots, cold[index].Ref);
        while (slots[at] != 0) at = (at + 1) & mask;
        slots[at] = index + 1;
    }

    /// <summary>Neighbours stay neighbours, so that series which follow each other cost one cache line in sixteen.</summary>
    private static uint Home(uint[] slots, ulong reference)
    {
        var group = (uint)((reference >> GroupShift) * Multiplier >> (64 - BitOperations.Log2((uint)slots.Length)));
        return (group & ~GroupMask) | ((uint)reference & GroupMask);
    }
}
