namespace Receiver.StoreApi;

/// <summary>Reads a whole selection and sorts it, within a limit of bytes. The last resort of <see cref="StreamPlan"/>.</summary>
internal sealed class SortedStream(SeriesReader reader, long bytesMax) : SeriesStream(reader)
{
    private List<SeriesItem>? _items;
    private int _at;

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        _items ??= ReadAll();
        if (_at == _items.Count) return false;
        Current?.Dispose();
        Current = _items[_at];
        _items[_at++] = null!;
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_items is not null)
        {
            foreach (var item in _items) item?.Dispose();
            _items.Clear();
        }
        base.Dispose();
    }

    private List<SeriesItem> ReadAll()
    {
        var items = new List<SeriesItem>();
        _items = items;
        long bytes = 0;
        while (Reader.Read() is { } item)
        {
            items.Add(item);
            bytes += item.SizeBytes;
            if (bytes > bytesMax)
                throw new InsufficientMemoryException($"sorting series without removed labels needs more than {bytesMax} bytes");
        }
        items.Sort(static (a, b) => LabelOrder.Compare(a.Labels, b.Labels));
        return items;
    }
}
