namespace Tsdb.Wal;

/// <summary>Walks the entries of a series record.</summary>
internal ref struct SeriesReader(ReadOnlySpan<byte> record)
{
    private RecordReader _in = new(record, RecordType.Series);

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>The series' reference in the head that wrote the record.</summary>
    public ulong Ref { get; private set; }

    /// <summary>Its labels as <see cref="Labels.LabelSet.Encoded"/> has them: a view into the record, complete but not known
    /// to be sorted.</summary>
    public ReadOnlySpan<byte> Labels { get; private set; }

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Ref = _in.ReadUInt64();
        Labels = _in.ReadLabels();
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
