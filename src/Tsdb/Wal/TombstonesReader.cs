namespace Tsdb.Wal;

/// <summary>Walks the entries of a tombstones record: one closed interval each.</summary>
internal ref struct TombstonesReader(ReadOnlySpan<byte> record)
{
    private RecordReader _in = new(record, RecordType.Tombstones);

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>The series' reference.</summary>
    public ulong Ref { get; private set; }

    /// <summary>First deleted Unix millisecond.</summary>
    public long MinTimeMs { get; private set; }

    /// <summary>Last deleted Unix millisecond.</summary>
    public long MaxTimeMs { get; private set; }

    /// <summary>Whether the entry says that the series itself was removed from the head, not a range of its samples.</summary>
    public readonly bool RemovesSeries => MinTimeMs == long.MinValue && MaxTimeMs == long.MaxValue;

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Ref = _in.ReadUInt64();
        MinTimeMs = _in.ReadVarint();
        MaxTimeMs = _in.ReadVarint();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
