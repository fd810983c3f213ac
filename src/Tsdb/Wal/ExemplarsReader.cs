namespace Tsdb.Wal;

/// <summary>Walks the entries of an exemplars record.</summary>
internal ref struct ExemplarsReader
{
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;
    private RecordReader _in;

    /// <summary>Begins in front of the first entry.</summary>
    public ExemplarsReader(ReadOnlySpan<byte> record)
    {
        _in = new RecordReader(record, RecordType.Exemplars);
        if (_in.AtEnd) return;
        _baseRef = _in.ReadUInt64();
        _baseTimeMs = (long)_in.ReadUInt64();
    }

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>Reference of the series the exemplar belongs to.</summary>
    public ulong Ref { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>The value's bits.</summary>
    public ulong ValueBits { get; private set; }

    /// <summary>The exemplar's own labels, encoded; a view into the record.</summary>
    public ReadOnlySpan<byte> Labels { get; private set; }

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Ref = _baseRef + (ulong)_in.ReadVarint();
        TimestampMs = _baseTimeMs + _in.ReadVarint();
        ValueBits = _in.ReadUInt64();
        Labels = _in.ReadLabels();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
