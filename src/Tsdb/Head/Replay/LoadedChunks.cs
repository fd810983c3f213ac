using System.Numerics;
using Tsdb.Chunks;
using Tsdb.Head.OutOfOrder;

namespace Tsdb.Head.Replay;

/// <summary>The chunks that the files of an earlier run hold, waiting for the log to tell whose they are.</summary>
/// <remarks>
/// Walked once at start. Chunks in order are linked per reference, newest first, in the very slots in which their series keep
/// them
/// later; those out of order go to whoever keeps such samples. One thread.
/// </remarks>
internal sealed class LoadedChunks(TsdbHead head, LateReplay late)
{
    /// <summary>A slot whose chunks were handed over.</summary>
    private const uint Taken = uint.MaxValue;

    private readonly FullChunks _full = head.Series.Full;
    private uint[] _slots = new uint[1024]; // Newest chunk of a reference plus one; 0 = empty. At most half full.
    private int _used;

    /// <summary>Chunks in order that are waiting or were taken.</summary>
    public long InOrderCount { get; private set; }

    /// <summary>Takes in one chunk of the files; always true, which is what the walk wants to hear.</summary>
    /// <remarks>A chunk that begins before the end of an older one of its series replaces that one: it was written anew after a
    /// start that could not use the older one.</remarks>
    public bool Visit(HeadChunkEntry entry)
    {
        // As long as a file mentions a reference no other series may get it.
        head.RaiseLastRef(entry.SeriesRef);
        if (entry.IsOutOfOrder)
        {
            late.Take(in entry);
            return true;
        }
        if (late.IsUsed) late.TakeInOrder(in entry);
        if (entry.SeriesRef == 0 || entry.MaxTimeMs < head.Times.MinValidMs || entry.MaxTimeMs < entry.MinTimeMs) return true;
        if ((_used + 1) * 2 > _slots.Length) Grow();
        var at = SlotOf(_slots, entry.SeriesRef);
        var older = _slots[at] == 0 ? FullChunks.None : _slots[at] - 1;
        while (older != FullChunks.None && _full[older].MaxTimeMs >= entry.MinTimeMs)
        {
            var replaced = older;
            older = _full[replaced].Older;
            _full.Free(replaced);
        }
        if (older != FullChunks.None) _full[older].WaitsFor = 0;
        var taken = _full.Take();
        ref var chunk = ref _full[taken];
        chunk.Older = older;
        chunk.MinTimeMs = entry.MinTimeMs;
        chunk.MaxTimeMs = entry.MaxTimeMs;
        chunk.FileRef = entry.ChunkRef;
        chunk.SampleCount = (ushort)entry.SampleCount;
        chunk.Encoding = entry.Encoding;
        chunk.WaitsFor = entry.SeriesRef;
        if (_slots[at] == 0) _used++;
        _slots[at] = taken + 1;
        InOrderCount++;
        return true;
    }

    /// <summary>Forgets everything taken in, as the walk begins anew.</summary>
    public void Reset()
    {
        DropRest();
        late.Reset();
        InOrderCount = 0;
    }

    /// <summary>Hands over the chunks of a reference, once.</summary>
    /// <returns>The newest of them, the others linked behind it, or <see cref="FullChunks.None"/>.</returns>
    public uint Take(ulong reference)
    {
        if (_used == 0 || reference == 0) return FullChunks.None;
        var at = SlotOf(_slots, reference);
        if (_slots[at] == 0) return FullChunks.None;
        var newest = _slots[at] - 1;
        _slots[at] = Taken;
        _full[newest].WaitsFor = 0;
        return newest;
    }

    /// <summary>Frees what nobody took: the log does not know those series any more.</summary>
    /// <returns>How many chunks.</returns>
    public long DropRest()
    {
        var dropped = 0L;
        foreach (var slot in _slots)
        {
            if (slot is 0 or Taken) continue;
            for (var chunk = slot - 1; chunk != FullChunks.None; dropped++)
            {
                var older = _full[chunk].Older;
                _full.Free(chunk);
                chunk = older;
            }
        }
        _slots = new uint[1024];
        _used = 0;
        return dropped;
    }

    /// <summary>Where a reference is, or would be put.</summary>
    private uint SlotOf(uint[] slots, ulong reference)
    {
        var mask = (uint)slots.Length - 1;
        var at = (uint)(reference * SeriesRefs.Multiplier >> (64 - BitOperations.Log2((uint)slots.Length)));
        while (slots[at] != 0 && (slots[at] == Taken || _full[slots[at] - 1].WaitsFor != reference)) at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var larger = new uint[_slots.Length * 2];
        foreach (var slot in _slots)
        {
            if (slot is not (0 or Taken)) larger[SlotOf(larger, _full[slot - 1].WaitsFor)] = slot;
        }
        _slots = larger;
    }
}
