using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head;

/// <summary>The series one request adds: created under the index lock, logged, and only then published to lookups.</summary>
/// <remarks>
/// The lock is held from the first <see cref="Create"/> to <see cref="Publish"/> or <see cref="Abandon"/>, so no other request
/// can log a sample of a series whose own record is not in the log yet; replay would drop such a sample. Requests that create
/// nothing never wait for it.
/// </remarks>
internal sealed class SeriesCreation(TsdbHead head) : IDisposable
{
    private readonly CreatedSeries _created = new();
    private readonly CreatedSeries _aliases = new();
    private readonly ByteBuffer _record = new();
    private readonly ByteBuffer _scratch = new(1024);
    private readonly ByteBuffer _labels = new(1024);
    private bool _isLocked;

    /// <summary>Finds or creates the series with these labels.</summary>
    public CreateResult Create(ref AppendItem item, ReadOnlySpan<byte> encodedLabels, bool isCanonical)
    {
        if (!isCanonical)
        {
            var refusal = SeriesLabels.Judge(encodedLabels, out var hasEmptyValue);
            if (refusal != CreateResult.Created) return refusal;
            if (hasEmptyValue) encodedLabels = SeriesLabels.WithoutEmpty(encodedLabels, _labels);
        }
        if (!_isLocked)
        {
            head.Index.Lock.Enter();
            _isLocked = true;
        }
        item.SeriesIndex = FindMine(item.Key);
        if (item.SeriesIndex != AppendItem.NoSeries) return CreateResult.Existing;
        var canonical = isCanonical ? item.Key : CanonicalKey.Compute(encodedLabels, _scratch);
        var index = isCanonical ? AppendItem.NoSeries : FindMine(canonical);
        if (index == AppendItem.NoSeries) index = head.Table.Find(canonical);
        var result = CreateResult.Existing;
        if (index == AppendItem.NoSeries)
        {
            if (head.IsFull) return CreateResult.Full;
            index = head.Create(canonical, encodedLabels);
            _created.Add(canonical, index);
            if (_created.Entries.Count == 1) RecordEncoder.Begin(_record, RecordType.Series);
            RecordEncoder.AddSeries(_record, head.Series.Cold[index].Ref, encodedLabels);
            result = CreateResult.Created;
        }
        // Published with the series, not before: a request that finds it could log a sample in front of the series' own record,
        // and if that cannot be logged the slot goes to another series.
        if (item.Key != canonical && head.Table.Find(item.Key) == AppendItem.NoSeries) _aliases.Add(item.Key, index);
        item.SeriesIndex = index;
        return result;
    }

    /// <summary>Logs what was created and lets lookups find it.</summary>
    /// <exception cref="IOException">The log could not be written; the series are gone again.</exception>
    public void Publish()
    {
        if (!_isLocked) return;
        try
        {
            if (_created.Entries.Count > 0) head.Log.WriteSeries(_record.Written);
            foreach (var (key, index) in _created.Entries) head.Table.Add(key, index);
            foreach (var (key, index) in _aliases.Entries) head.Table.AddAlias(key, index);
            _created.Clear();
        }
        finally
        {
            Abandon();
        }
    }

    /// <summary>Takes back what was created and not published.</summary>
    public void Abandon()
    {
        if (!_isLocked) return;
        for (var i = _created.Entries.Count - 1; i >= 0; i--) head.Uncreate(_created.Entries[i].Index);
        _created.Clear();
        _aliases.Clear();
        _record.Clear();
        _isLocked = false;
        head.Index.Lock.Exit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        _record.Dispose();
        _scratch.Dispose();
        _labels.Dispose();
    }

    private uint FindMine(in KeyHash key)
    {
        var index = _created.Find(key);
        return index != AppendItem.NoSeries ? index : _aliases.Find(key);
    }
}
