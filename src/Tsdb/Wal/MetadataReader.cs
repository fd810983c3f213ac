namespace Tsdb.Wal;

/// <summary>Walks the entries of a metadata record.</summary>
internal ref struct MetadataReader(ReadOnlySpan<byte> record)
{
    private RecordReader _in = new(record, RecordType.Metadata);

    /// <summary>Name of the field that holds the unit.</summary>
    public static ReadOnlySpan<byte> UnitField => "UNIT"u8;

    /// <summary>Name of the field that holds the help text.</summary>
    public static ReadOnlySpan<byte> HelpField => "HELP"u8;

    /// <summary>How the reading went; look when <see cref="Read"/> gives false.</summary>
    public readonly RecordStatus Status => _in.Status;

    /// <summary>Entries read, a damaged one included.</summary>
    public int Count { get; private set; }

    /// <summary>The series' reference.</summary>
    public ulong Ref { get; private set; }

    /// <summary>0 unknown, 1 counter, 2 gauge, 3 histogram, 4 gauge histogram, 5 summary, 6 info, 7 state set; others mean
    /// unknown.</summary>
    public byte Type { get; private set; }

    /// <summary>Unit; empty when absent. A view into the record.</summary>
    public ReadOnlySpan<byte> Unit { get; private set; }

    /// <summary>Help text; empty when absent. A view into the record.</summary>
    public ReadOnlySpan<byte> Help { get; private set; }

    /// <summary>Steps to the next entry; false at the end and at a defect.</summary>
    public bool Read()
    {
        if (_in.AtEnd) return false;
        Unit = Help = [];
        Ref = _in.ReadUvarint();
        Type = _in.ReadByte();
        // A field is at least two empty strings: two bytes.
        for (var left = _in.ReadCount(2); left > 0; left--)
        {
            var name = _in.ReadString();
            var value = _in.ReadString();
            if (name.SequenceEqual(UnitField))
                Unit = value;
            else if (name.SequenceEqual(HelpField))
                Help = value;
        }
        Count++;
        return _in.Status == RecordStatus.Ok;
    }
}
