using Tsdb.Wal;

namespace Tsdb.Head.Metadata;

/// <summary>The metadata that one request changes, between decision and commit.</summary>
internal sealed class PendingMetadata(TsdbHead head)
{
    private readonly List<(uint Index, SeriesMetadata Metadata)> _items = [];

    /// <summary>Keeps metadata that differs from what its series has.</summary>
    public MetadataResult Set(uint index, SeriesMetadata metadata)
    {
        if (index == AppendItem.NoSeries) return MetadataResult.NoSeries;
        var result = head.Metadata.Decide(index, metadata);
        if (result == MetadataResult.Accepted) _items.Add((index, metadata));
        return result;
    }

    /// <summary>Adds one record to those of the request, in front of the samples'.</summary>
    public void Log(RecordBatch records)
    {
        if (_items.Count == 0) return;
        RecordEncoder.Begin(records.Bytes, RecordType.Metadata);
        foreach (var (index, metadata) in _items)
        {
            var reference = head.Series.Cold[index].Ref;
            RecordEncoder.AddMetadata(records.Bytes, reference, (byte)metadata.Type, metadata.Unit, metadata.Help);
        }
        records.End();
    }

    /// <summary>Makes it the series'.</summary>
    public void Apply()
    {
        foreach (var (index, metadata) in _items) head.Metadata.Set(index, metadata);
        _items.Clear();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => _items.Clear();
}
