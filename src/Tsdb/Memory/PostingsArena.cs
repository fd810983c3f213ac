using System.Numerics;

namespace Tsdb.Memory;

/// <summary>A growing list of series indexes; a single one needs no memory of its own.</summary>
internal struct PostingsList
{
    /// <summary>Entries.</summary>
    public uint Count;

    /// <summary>The only entry, or where the run lies in its size class.</summary>
    public uint SingleOrRun;
}

/// <summary>Memory of many growing lists of 32-bit numbers, in runs of power-of-two capacity outside the GC heap.</summary>
/// <remarks>One owner at a time (the head's index lock).</remarks>
internal sealed unsafe class PostingsArena : IDisposable
{
    private const int ClassesCount = 30;

    /// <summary>Every class reserves address space for the same number of entries: 2^28, twenty million series of thirteen
    /// labels.</summary>
    private const long EntriesMax = 1L << 28;

    private readonly NativeRegion?[] _regions = new NativeRegion?[ClassesCount];
    private readonly uint[] _end = new uint[ClassesCount];
    private readonly uint[] _free = new uint[ClassesCount];

    /// <summary>Bytes backed by memory.</summary>
    public long CommittedBytes
    {
        get
        {
            var sum = 0L;
            foreach (var region in _regions) sum += region?.CommittedBytes ?? 0;
            return sum;
        }
    }

    /// <summary>The entries of a list, in the order they were added.</summary>
    /// <remarks>The span of a single entry points at the list itself.</remarks>
    public ReadOnlySpan<uint> Read(ref readonly PostingsList list) =>
        list.Count <= 1 ? new ReadOnlySpan<uint>(in list.SingleOrRun)[..(int)list.Count]
            : Run(ClassOf(list.Count), list.SingleOrRun)[..(int)list.Count];

    /// <summary>Adds an entry at the end.</summary>
    public void Add(ref PostingsList list, uint entry)
    {
        if (list.Count == 0)
        {
            list.SingleOrRun = entry;
        }
        else if (BitOperations.IsPow2(list.Count))
        {
            var from = ClassOf(list.Count);
            var to = from + 1;
            var run = Take(to);
            Read(in list).CopyTo(Run(to, run));
            Run(to, run)[(int)list.Count] = entry;
            if (list.Count > 1) Release(from, list.SingleOrRun);
            list.SingleOrRun = run;
        }
        else
        {
            Run(ClassOf(list.Count), list.SingleOrRun)[(int)list.Count] = entry;
        }
        list.Count++;
    }

    /// <summary>Replaces a list by a shorter one (collection of dead series).</summary>
    public void Replace(ref PostingsList list, ReadOnlySpan<uint> entries)
    {
        var old = list;
        var copy = new PostingsList();
        if (entries.Length == 1)
        {
            copy.SingleOrRun = entries[0];
        }
        else if (entries.Length > 1)
        {
            copy.SingleOrRun = Take(ClassOf((uint)entries.Length));
            entries.CopyTo(Run(ClassOf((uint)entries.Length), copy.SingleOrRun));
        }
        copy.Count = (uint)entries.Length;
        list = copy;
        if (old.Count > 1) Release(ClassOf(old.Count), old.SingleOrRun);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var region in _regions) region?.Dispose();
    }

    /// <summary>Capacity 2^class holds <paramref name="count"/> entries; class 0 is the list itself.</summary>
    private static int ClassOf(uint count) => count <= 1 ? 0 : BitOperations.Log2(count - 1) + 1;

    private Span<uint> Run(int sizeClass, uint run) =>
        new((uint*)_regions[sizeClass]!.Base + ((long)run << sizeClass), 1 << sizeClass);

    private uint Take(int sizeClass)
    {
        var region = _regions[sizeClass] ??= new NativeRegion(EntriesMax * sizeof(uint));
        if (_free[sizeClass] != 0)
        {
            var run = _free[sizeClass] - 1;
            _free[sizeClass] = Run(sizeClass, run)[0];
            return run;
        }
        var next = _end[sizeClass]++;
        region.Ensure(((long)next + 1) * sizeof(uint) << sizeClass);
        return next;
    }

    private void Release(int sizeClass, uint run)
    {
        Run(sizeClass, run)[0] = _free[sizeClass];
        _free[sizeClass] = run + 1;
    }
}
