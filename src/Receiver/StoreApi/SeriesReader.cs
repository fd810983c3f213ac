using Hashring;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Receiver.StoreApi;

/// <summary>Reads one selection of one tenant: final labels built, other shards left out, chunks copied. In the database's
/// order.</summary>
/// <param name="source">The tenant, entered.</param>
/// <param name="query">What is asked.</param>
/// <param name="matchers">What is asked of the database, external labels taken out.</param>
internal sealed class SeriesReader(SeriesSource source, SeriesQuery query, Matcher[] matchers) : IDisposable
{
    private readonly LabelSet _external = FinalLabels.Without(source.ExternalLabels, query.Removed);
    private readonly Stack<SeriesItem> _free = new();
    private SeriesCursor? _cursor;

    /// <summary>The tenant.</summary>
    public SeriesSource Source => source;

    /// <summary>Reads the next series.</summary>
    /// <returns>An item for the caller to <see cref="Recycle"/> or dispose; null at the end.</returns>
    public SeriesItem? Read()
    {
        _cursor ??= source.Select(query.MinTimeMs, query.MaxTimeMs, matchers, query.SkipChunks);
        while (_cursor.MoveNext())
        {
            var item = _free.Count > 0 ? _free.Pop() : new SeriesItem();
            FinalLabels.Write(_cursor.Labels, _external, query.Removed, item.LabelBuffer);
            if (IsWanted(item.Labels) && (query.SkipChunks || !_cursor.Chunks.IsEmpty))
            {
                item.SetChunks(_cursor.Chunks);
                return item;
            }
            _free.Push(item);
        }
        return null;
    }

    /// <summary>Takes an item back.</summary>
    public void Recycle(SeriesItem item) => _free.Push(item);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cursor?.Dispose();
        while (_free.Count > 0) _free.Pop().Dispose();
    }

    private bool IsWanted(ReadOnlySpan<byte> labels)
    {
        if (query.Shard is not { } shard) return true;
        Span<byte> scratch = stackalloc byte[1024];
        var hasher = new SeriesHasher(scratch);
        hasher.Clear();
        var enumerator = new LabelEnumerator(labels);
        while (enumerator.MoveNext())
        {
            if (shard.TakesPart(enumerator.Current.Name)) hasher.Add(enumerator.Current.Name, enumerator.Current.Value);
        }
        return shard.Matches(hasher.Finish());
    }
}
