namespace Tsdb.Wal;

/// <summary>Walks the entries of a samples record; start timestamps are passed over.</summary>
internal ref struct SamplesReader
{
    private readonly ulong _baseRef;
    private long _baseTimeMs; // With start times: that of the first entry.
    private readonly bool _hasStartTimes;
    private RecordReader _in;

    /// <summary>Begins in front of the first entry.</summary>
    public SamplesReader(ReadOnlySpan<byte> record)
    {
        _in = new RecordReader(record, RecordType.Samples);
        if (_in.AtEnd) return;
        _hasStartTimes = RecordTypes.HasStartTimes(record);
        if (_hasStartTimes) return;
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
        if (_hasStartTimes) return ReadWithStartTime();
        Ref = _baseRef + (ulong)_in.ReadVarint();
        TimestampMs = _baseTimeMs + _in.ReadVarint();
        ValueBits = _in.ReadUInt64();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }

    /// <summary>The first entry is absolute; references are differences to the entry before, times to the first.</summary>
    private bool ReadWithStartTime()
    {
        Ref += (ulong)_in.ReadVarint();
        TimestampMs = _baseTimeMs + _in.ReadVarint();
        if (Count == 0) (_baseTimeMs, _) = (TimestampMs, _in.ReadUvarint());
        else _in.SkipStartTime();
        ValueBits = _in.ReadUInt64();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
