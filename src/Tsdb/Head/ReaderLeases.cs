namespace Tsdb.Head;

/// <summary>Who is reading since when, so that what readers may still see is freed only after them.</summary>
/// <remarks>What is unlinked is stamped with <see cref="Now"/>; it may go once <see cref="Oldest"/> is past the stamp.</remarks>
internal sealed class ReaderLeases
{
    private readonly Lock _lock = new(); // Guards both fields.
    private readonly SortedDictionary<long, int> _active = [];
    private long _now = 1;

    /// <summary>A stamp later than every reader that started before the call.</summary>
    public long Now
    {
        get
        {
            lock (_lock) return ++_now;
        }
    }

    /// <summary>The start of the oldest reader still at work; <see cref="long.MaxValue"/> without one.</summary>
    public long Oldest
    {
        get
        {
            lock (_lock)
            {
                foreach (var start in _active.Keys) return start;
                return long.MaxValue;
            }
        }
    }

    /// <summary>Begins a read; end it with the value returned.</summary>
    public long Enter()
    {
        lock (_lock)
        {
            _active[_now] = _active.GetValueOrDefault(_now) + 1;
            return _now;
        }
    }

    /// <summary>Ends a read.</summary>
    public void Leave(long start)
    {
        lock (_lock)
        {
            if (_active[start] == 1) _active.Remove(start);
            else _active[start]--;
        }
    }
}
