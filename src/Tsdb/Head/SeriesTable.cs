using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Finds a series by the hash of its label bytes: open addressing, 16-byte slots, at most two thirds full.</summary>
/// <remarks>
/// Lookups take no lock: a slot is published by writing its first word last, and a table that has been outgrown stays valid for
/// readers that still hold it. Insertion and removal belong to the head's index lock; removal also needs the appenders kept out.
/// 96 bits of the key are compared here and all 128 in the series itself, or in <see cref="_aliases"/> for other spellings.
/// </remarks>
internal sealed class SeriesTable(NativeSlab<MemSeries> series)
{
    private readonly ConcurrentDictionary<KeyHash, uint> _aliases = [];
    private Slot[] _slots = new Slot[1024];
    private int _used;

    /// <summary>Bytes of the table.</summary>
    public long AllocatedBytes => ((long)_slots.Length * Unsafe.SizeOf<Slot>()) + (_aliases.Count * 40L);

    /// <summary>The series with this key, or <see cref="AppendItem.NoSeries"/>.</summary>
    public uint Find(in KeyHash key)
    {
        var slots = Volatile.Read(ref _slots);
        var mask = (uint)slots.Length - 1;
        var first = FirstWord(key);
        for (var at = (uint)key.High & mask; ; at = (at + 1) & mask)
        {
            ref readonly var slot = ref slots[at];
            var word = Volatile.Read(in slot.First);
            if (word == first && slot.Check == (uint)(key.High >> 32)) return slot.Series;
            if (word == 0) return AppendItem.NoSeries;
        }
    }

    /// <summary>Asks the processor to fetch the slot where a lookup of this key begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(in KeyHash key)
    {
        var slots = _slots;
        CacheLine.Prefetch(ref slots[(uint)key.High & ((uint)slots.Length - 1)]);
    }

    /// <summary>Adds a key; the caller knows that it is not there.</summary>
    public void Add(in KeyHash key, uint index)
    {
        if ((_used + 1) * 3L > _slots.Length * 2L) Rehash(_slots.Length * 2, isDead: null);
        Place(_slots, key, index);
        _used++;
    }

    /// <summary>Adds another spelling of a series' labels.</summary>
    public void AddAlias(in KeyHash key, uint index)
    {
        _aliases[key] = index;
        Add(key, index);
    }

    /// <summary>Whether the key is another spelling; then 128 bits are compared here and not in the series.</summary>
    public bool IsAlias(in KeyHash key) => !_aliases.IsEmpty && _aliases.ContainsKey(key);

    /// <summary>Forgets the series that <paramref name="isDead"/> names; no appender may be between find and commit.</summary>
    public void Remove(Func<uint, bool> isDead)
    {
        foreach (var (key, index) in _aliases)
        {
            if (isDead(index)) _aliases.TryRemove(key, out _);
        }
        Rehash(_slots.Length, isDead);
    }

    private static ulong FirstWord(in KeyHash key) => key.Low == 0 ? 1 : key.Low; // 0 marks an empty slot.

    private static void Place(Slot[] slots, in KeyHash key, uint index)
    {
        var mask = (uint)slots.Length - 1;
        var at = (uint)key.High & mask;
        while (slots[at].First != 0) at = (at + 1) & mask;
        ref var slot = ref slots[at];
        slot.Series = index;
        slot.Check = (uint)(key.High >> 32);
        Volatile.Write(ref slot.First, FirstWord(key));
    }

    private void Rehash(int length, Func<uint, bool>? isDead)
    {
        var slots = new Slot[length];
        var used = 0;
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.First == 0 || isDead?.Invoke(slot.Series) == true) continue;
            ref readonly var key = ref series[slot.Series].Key;
            // The slot of an alias does not carry its series' own key; aliases follow below.
            if (FirstWord(key) != slot.First || (uint)(key.High >> 32) != slot.Check) continue;
            Place(slots, key, slot.Series);
            used++;
        }
        foreach (var (key, index) in _aliases)
        {
            Place(slots, key, index);
            used++;
        }
        _used = used;
        Volatile.Write(ref _slots, slots);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Slot
    {
        public ulong First;
        public uint Check;
        public uint Series;
    }
}
