namespace Tsdb.Wal;

/// <summary>Walks the entries of a samples record.</summary>
internal ref struct SamplesReader
{
    private readonly ulong _baseRef;
    private readonly long _baseTimeMs;
    private RecordReader _in;

    /// <summary>Begins in front of the first entry.</summary>
    public SamplesReader(ReadOnlySpan<byte> record)
    {
        _in = new RecordReader(record, RecordType.Samples);
        if (_in.AtEnd) return;
        _baseRef = _in.ReadUInt64();
        _baseTimeMs = (long)_in.ReadUInt64();
    }

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>The series' reference.</summary>
    public ulong Ref { get; private set; }

    /// <summary>Unix milliseconds.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>The value's bits (NaN payloads matter).</summary>
    public ulong ValueBits { get; private set; }

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Ref = _baseRef + (ulong)_in.ReadVarint();
        TimestampMs = _baseTimeMs + _in.ReadVarint();
        ValueBits = _in.ReadUInt64();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
