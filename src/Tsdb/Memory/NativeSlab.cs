using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tsdb.Memory;

/// <summary>An array of fixed structs outside the GC heap that grows in place; freed slots are handed out again.</summary>
/// <remarks>
/// Slots are found by index, never by pointer. Growing and freeing need one owner at a time; reading and writing a slot is as
/// safe as the caller's locks make it. A freed slot keeps the index of the next free one in its first four bytes.
/// </remarks>
internal sealed unsafe class NativeSlab<T>(uint slotsMax) : IDisposable
    where T : unmanaged
{
    /// <summary>No slot.</summary>
    public const uint None = uint.MaxValue;

    private readonly NativeRegion _region = new((long)slotsMax * sizeof(T));
    private uint _firstFree = None;

    /// <summary>Slots ever handed out; every valid index is below it.</summary>
    public uint End { get; private set; }

    /// <summary>Slots in use.</summary>
    public uint Count { get; private set; }

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes => _region.CommittedBytes;

    /// <summary>The slot at an index below <see cref="End"/>.</summary>
    public ref T this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref ((T*)_region.Base)[index];
    }

    /// <summary>Asks the processor to fetch a slot's cache line; any index is harmless.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint index)
    {
        if (Sse.IsSupported) Sse.Prefetch0((T*)_region.Base + index);
    }

    /// <summary>A run of slots as a span; all of it must be below <see cref="End"/>.</summary>
    public Span<T> Run(uint index, int count) => new((T*)_region.Base + index, count);

    /// <summary>Takes a zeroed slot, a freed one first.</summary>
    /// <exception cref="InsufficientMemoryException">The slab is full.</exception>
    public uint Take()
    {
        Count++;
        if (_firstFree == None) return Extend(1);
        var index = _firstFree;
        ref var slot = ref this[index];
        _firstFree = Unsafe.As<T, uint>(ref slot);
        slot = default;
        return index;
    }

    /// <summary>Adds a run of zeroed slots at the end and returns its first index.</summary>
    public uint Extend(uint count)
    {
        var first = End;
        if (count > slotsMax - first) throw new InsufficientMemoryException(
            $"slab of {typeof(T).Name} is full at {slotsMax} slots");
        _region.Ensure(((long)first + count) * sizeof(T));
        End = first + count;
        return first;
    }

    /// <summary>Gives a slot back; its content is lost.</summary>
    public void Free(uint index)
    {
        Count--;
        Unsafe.As<T, uint>(ref this[index]) = _firstFree;
        _firstFree = index;
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();
}
