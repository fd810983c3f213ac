namespace Tsdb.Wal;

/// <summary>Walks the entries of a marker record of the out-of-order log.</summary>
internal ref struct MmapMarkersReader(ReadOnlySpan<byte> record)
{
    private RecordReader _in = new(record, RecordType.MmapMarkers);

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>The series' reference.</summary>
    public ulong Ref { get; private set; }

    /// <summary>All of the series' samples in front of this entry are in this head chunk or an earlier one; 0 = none was
    /// written.</summary>
    public ulong ChunkRef { get; private set; }

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Ref = _in.ReadUInt64();
        ChunkRef = _in.ReadUInt64();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
