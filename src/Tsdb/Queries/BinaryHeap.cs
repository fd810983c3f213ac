namespace Tsdb.Queries;

/// <summary>A binary heap that gives equal items in the order in which the one of Go's library does.</summary>
/// <remarks>Which of two samples of one time a query returns hangs on that order, so it is upstream's and not just any.</remarks>
/// <param name="isLess">Whether the first item comes before the second one.</param>
internal sealed class BinaryHeap<T>(Func<T, T, bool> isLess)
{
    private readonly List<T> _items = [];

    /// <summary>Items in it.</summary>
    public int Count => _items.Count;

    /// <summary>The item that comes first; there must be one.</summary>
    public T First => _items[0];

    /// <summary>Takes all items out.</summary>
    public void Clear() => _items.Clear();

    /// <summary>Adds an item.</summary>
    public void Push(T item)
    {
        _items.Add(item);
        for (var at = _items.Count - 1; at > 0;)
        {
            var parent = (at - 1) / 2;
            if (!isLess(_items[at], _items[parent])) return;
            (_items[at], _items[parent]) = (_items[parent], _items[at]);
            at = parent;
        }
    }

    /// <summary>Takes the first item out; there must be one.</summary>
    public T Pop()
    {
        var first = _items[0];
        _items[0] = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        for (var at = 0; ;)
        {
            var child = (2 * at) + 1;
            if (child >= _items.Count) return first;
            if (child + 1 < _items.Count && isLess(_items[child + 1], _items[child])) child++;
            if (!isLess(_items[child], _items[at])) return first;
            (_items[at], _items[child]) = (_items[child], _items[at]);
            at = child;
        }
    }
}
