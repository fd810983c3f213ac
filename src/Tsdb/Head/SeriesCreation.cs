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
    private readonly List<(KeyHash Key, uint Index)> _created = [];
    private readonly Dictionary<KeyHash, uint> _byKey = [];
    private readonly ByteBuffer _record = new();
    private readonly ByteBuffer _scratch = new(1024);
    private readonly ByteBuffer _labels = new(1024);
    private bool _isLocked;

    /// <summary>Finds or creates the series with these labels.</summary>
    public CreateResult Create(ref AppendItem item, ReadOnlySpan<byte> encodedLabels)
    {
        var refusal = SeriesLabels.Judge(encodedLabels, out var hasEmptyValue);
        if (refusal != CreateResult.Created) return refusal;
        if (hasEmptyValue) encodedLabels = SeriesLabels.WithoutEmpty(encodedLabels, _labels);
        if (!_isLocked)
        {
            head.Index.Lock.Enter();
            _isLocked = true;
        }
        item.SeriesIndex = _byKey.GetValueOrDefault(item.Key, AppendItem.NoSeries);
        if (item.SeriesIndex != AppendItem.NoSeries) return CreateResult.Existing;
        var canonical = CanonicalKey.Compute(encodedLabels, _scratch);
        var index = _byKey.TryGetValue(canonical, out var mine) ? mine : head.Table.Find(canonical);
        var result = CreateResult.Existing;
        if (index == AppendItem.NoSeries)
        {
            if (head.IsFull) return CreateResult.Full;
            index = head.Create(canonical, encodedLabels);
            _created.Add((canonical, index));
            _byKey[canonical] = index;
            if (_created.Count == 1) RecordEncoder.Begin(_record, RecordType.Series);
            RecordEncoder.AddSeries(_record, head.Series.Cold[index].Ref, encodedLabels);
            result = CreateResult.Created;
        }
        if (item.Key != canonical && !_byKey.ContainsKey(item.Key) && head.Table.Find(item.Key) == AppendItem.NoSeries)
        {
            head.Table.AddAlias(item.Key, index);
            _byKey[item.Key] = index;
        }
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
            if (_created.Count > 0) head.Log.Write(_record.Written);
            foreach (var (key, index) in _created) head.Table.Add(key, index);
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
        for (var i = _created.Count - 1; i >= 0; i--) head.Uncreate(_created[i].Index);
        _created.Clear();
        _byKey.Clear();
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
}
