using Tsdb.Memory;

namespace Receiver.Replication;

/// <summary>Remembers where on the ring a series lies, by the hash of its label bytes, so that a steady series is not hashed
/// again.</summary>
/// <param name="entriesMax">Most entries, a power of two; 24 bytes each. The table starts small and doubles while it is too
/// small.</param>
/// <remarks>
/// The number depends on tenant and labels only, so a changed ring does not spoil it. Any thread, no lock: an entry is three
/// words, two of them folded with the third, so that a half-written one does not match its key (Hyatt's transposition tables).
/// </remarks>
public sealed class RingHashCache(int entriesMax = 1 << 20)
{
    private const int EntriesMin = 1 << 12;
    private const ulong Spread = 0x9E3779B97F4A7C15; // 2^64 / golden ratio: separates the second word's folding from the first's.

    private struct Entry
    {
        public ulong Low;
        public ulong High;
        public ulong RingHash;
    }

    private Entry[] _entries = new Entry[Math.Min(EntriesMin, entriesMax)];
    private int _displaced;

    /// <summary>Entries that fit at the moment.</summary>
    public int Capacity => Volatile.Read(ref _entries).Length;

    /// <summary>Finds the ring hash of a key.</summary>
    public bool TryGet(KeyHash key, out ulong ringHash)
    {
        var entries = Volatile.Read(ref _entries);
        ref readonly var entry = ref entries[(int)(key.Low & (ulong)(entries.Length - 1))];
        ringHash = Volatile.Read(in entry.RingHash);
        return (Volatile.Read(in entry.Low) ^ ringHash) == key.Low
            && (Volatile.Read(in entry.High) ^ (ringHash * Spread)) == key.High;
    }

    /// <summary>Remembers a key, in place of what lay in its slot.</summary>
    public void Set(KeyHash key, ulong ringHash)
    {
        var entries = Volatile.Read(ref _entries);
        ref var entry = ref entries[(int)(key.Low & (ulong)(entries.Length - 1))];
        var isDisplacing = entry.High != 0;
        Volatile.Write(ref entry.Low, key.Low ^ ringHash);
        Volatile.Write(ref entry.High, key.High ^ (ringHash * Spread));
        Volatile.Write(ref entry.RingHash, ringHash);
        if (isDisplacing) GrowWhenCrowded(entries);
    }

    // Half the slots displaced since the last growth: the working set is larger than the table. Its content is cheap to find
    // again.
    private void GrowWhenCrowded(Entry[] entries)
    {
        if (entries.Length >= entriesMax || Interlocked.Increment(ref _displaced) < entries.Length / 2) return;
        if (Interlocked.CompareExchange(ref _entries, new Entry[entries.Length * 2], entries) == entries)
            Volatile.Write(ref _displaced, 0);
    }
}
