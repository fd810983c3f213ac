using System.Runtime.CompilerServices;
using Tsdb.Blocks;

namespace Tsdb.Head.Deletions;

/// <summary>The deleted ranges of the series in the head.</summary>
/// <remarks>A series' list is replaced whole, never changed. Every member may be called from any thread; a head without
/// deletions costs its readers one look at a number.</remarks>
internal sealed class HeadTombstones
{
    private static readonly int BytesOfRange = Unsafe.SizeOf<DeletedRange>();

    /// <summary>Bytes of a series besides its ranges: an entry of the table and the head of an array.</summary>
    private const int BytesOfSeries = 56;

    private readonly Dictionary<uint, DeletedRange[]> _bySeries = [];
    private readonly Lock _lock = new(); // Guards the table and the count.
    private volatile int _count;

    /// <summary>Ranges that deletions may add up to, 80 MB at worst; what replay finds is taken over all the same.</summary>
    public int RangesMax { get; set; } = 1 << 20;

    /// <summary>Ranges of all series.</summary>
    public int Count => _count;

    /// <summary>About how many bytes they hold.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (_lock) return ((long)_bySeries.Count * BytesOfSeries) + ((long)_count * BytesOfRange);
        }
    }

    /// <summary>Deleted ranges of a series, ascending, neither overlapping nor touching.</summary>
    public DeletedRange[] Find(uint index)
    {
        if (_count == 0) return [];
        lock (_lock) return _bySeries.GetValueOrDefault(index, []);
    }

    /// <summary>Adds a range to a series.</summary>
    public void Add(uint index, DeletedRange range)
    {
        lock (_lock)
        {
            var before = _bySeries.GetValueOrDefault(index, []);
            var after = DeletedRanges.Add(before, range);
            _bySeries[index] = after;
            _count += after.Length - before.Length;
        }
    }

    /// <summary>Forgets a series whose slot goes to another one.</summary>
    public void Forget(uint index)
    {
        if (_count == 0) return;
        lock (_lock)
        {
            if (_bySeries.Remove(index, out var ranges)) _count -= ranges.Length;
        }
    }

    /// <summary>Forgets the ranges that end before everything a series still holds in memory or files.</summary>
    /// <param name="oldestOf">Time of the oldest sample of a series, visible or not.</param>
    public void Truncate(Func<uint, long> oldestOf)
    {
        if (_count == 0) return;
        lock (_lock)
        {
            foreach (var (index, ranges) in _bySeries)
            {
                var oldest = oldestOf(index);
                var gone = 0;
                while (gone < ranges.Length && ranges[gone].MaxTimeMs < oldest) gone++;
                if (gone == 0) continue;
                _count -= gone;
                if (gone == ranges.Length) _bySeries.Remove(index);
                else _bySeries[index] = ranges[gone..];
            }
        }
    }
}
