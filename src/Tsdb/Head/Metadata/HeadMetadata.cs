using Tsdb.Memory;

namespace Tsdb.Head.Metadata;

/// <summary>The newest metadata of each series in the head; series of one metric share one object.</summary>
/// <remarks>Every member may be called from any thread.</remarks>
internal sealed class HeadMetadata(long textBytesMax = HeadMetadata.TextBytesMax) : IDisposable
{
    /// <summary>Bytes of different texts that senders may bring; what replay finds is taken over all the same.</summary>
    public const long TextBytesMax = 64 << 20;

    /// <summary>A text's object, its array's head and its entry in the table.</summary>
    private const int BytesOfText = 120;

    /// <summary>A series' entry in the table.</summary>
    private const int BytesOfSeries = 40;

    private readonly Dictionary<uint, SeriesMetadata> _bySeries = [];
    private readonly Dictionary<SeriesMetadata, (SeriesMetadata Shared, int Users)> _texts = [];
    private readonly Lock _lock = new(); // Guards everything here.
    private long _sizeBytes;
    private long _textBytes;

    /// <summary>Series that have metadata.</summary>
    public int SeriesCount
    {
        get
        {
            lock (_lock) return _bySeries.Count;
        }
    }

    /// <summary>About how many bytes it holds on the heap.</summary>
    public long SizeBytes => Volatile.Read(ref _sizeBytes);

    /// <summary>The metadata of a series, or null.</summary>
    public SeriesMetadata? Find(uint index)
    {
        lock (_lock) return _bySeries.GetValueOrDefault(index);
    }

    /// <summary>Whether a series may be given metadata, and whether that would change anything.</summary>
    public MetadataResult Decide(uint index, SeriesMetadata metadata)
    {
        lock (_lock)
        {
            if (_bySeries.TryGetValue(index, out var current) && current.Equals(metadata)) return MetadataResult.Unchanged;
            return _textBytes >= textBytesMax && !_texts.ContainsKey(metadata) ? MetadataResult.Full : MetadataResult.Accepted;
        }
    }

    /// <summary>Replaces the metadata of a series.</summary>
    public void Set(uint index, SeriesMetadata metadata)
    {
        lock (_lock)
        {
            var had = _bySeries.TryGetValue(index, out var before);
            _bySeries[index] = Share(metadata);
            if (had) Release(before!);
            else Count(BytesOfSeries);
        }
    }

    /// <summary>Forgets a series whose slot goes to another one.</summary>
    public void Forget(uint index)
    {
        lock (_lock)
        {
            if (!_bySeries.Remove(index, out var metadata)) return;
            Release(metadata);
            Count(-BytesOfSeries);
        }
    }

    /// <summary>Gives back what is counted.</summary>
    public void Dispose() => Count(-SizeBytes);

    private SeriesMetadata Share(SeriesMetadata metadata)
    {
        if (_texts.TryGetValue(metadata, out var known))
        {
            _texts[metadata] = known with { Users = known.Users + 1 };
            return known.Shared;
        }
        _texts[metadata] = (metadata, 1);
        CountText(metadata, 1);
        return metadata;
    }

    private void Release(SeriesMetadata metadata)
    {
        var (shared, users) = _texts[metadata];
        if (users > 1)
        {
            _texts[metadata] = (shared, users - 1);
            return;
        }
        _texts.Remove(metadata);
        CountText(metadata, -1);
    }

    private void CountText(SeriesMetadata metadata, int sign)
    {
        var bytes = sign * (BytesOfText + metadata.Unit.Length + metadata.Help.Length);
        _textBytes += bytes;
        Count(bytes);
    }

    private void Count(long bytes)
    {
        Interlocked.Add(ref _sizeBytes, bytes);
        OwnedBytes.Add(bytes);
    }
}
