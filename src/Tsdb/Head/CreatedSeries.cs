using System.Numerics;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>The series one request created, or the other spellings it gave them, found by key while no lookup knows
/// them.</summary>
/// <remarks>Open addressing over a list. Keys are uniform bits already, so no further hash is needed.</remarks>
internal sealed class CreatedSeries
{
    private readonly List<(KeyHash Key, uint Index)> _entries = [];
    private int[] _slots = new int[256]; // Place in the list plus one, 0 = empty; at most half full.

    /// <summary>Keys and series in the order they were added.</summary>
    public IReadOnlyList<(KeyHash Key, uint Index)> Entries => _entries;

    /// <summary>The series with this key, or <see cref="AppendItem.NoSeries"/>.</summary>
    public uint Find(in KeyHash key)
    {
        if (_entries.Count == 0) return AppendItem.NoSeries;
        var slot = _slots[FindSlot(key)];
        return slot == 0 ? AppendItem.NoSeries : _entries[slot - 1].Index;
    }

    /// <summary>Adds a key that is not there.</summary>
    public void Add(in KeyHash key, uint index)
    {
        if ((_entries.Count + 1) * 2 > _slots.Length) Grow();
        _entries.Add((key, index));
        _slots[FindSlot(key)] = _entries.Count;
    }

    /// <summary>Forgets everything; costs what was added, not what once was.</summary>
    public void Clear()
    {
        if (_entries.Count == 0) return;
        if (_entries.Count * 8 < _slots.Length)
        {
            for (var i = _entries.Count - 1; i >= 0; i--) _slots[FindSlot(_entries[i].Key)] = 0; // Newest first: no probe breaks.
        }
        else
        {
            Array.Clear(_slots);
        }
        _entries.Clear();
    }

    private int FindSlot(in KeyHash key)
    {
        var mask = _slots.Length - 1;
        for (var at = (int)key.Low & mask; ; at = (at + 1) & mask)
        {
            if (_slots[at] == 0 || _entries[_slots[at] - 1].Key == key) return at;
        }
    }

    private void Grow()
    {
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)_slots.Length + 1)];
        for (var i = 0; i < _entries.Count; i++) _slots[FindSlot(_entries[i].Key)] = i + 1;
    }
}
