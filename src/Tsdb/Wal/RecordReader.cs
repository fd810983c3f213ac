using System.Buffers.Binary;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Reads the fields of one record front to back. The first failure sticks: check <see cref="Status"/> once, at the
/// end.</summary>
/// <remarks>Integers of fixed size are big-endian. Strings are views into the record. Layout: docs/formats/wal.md. Allocates
/// nothing.</remarks>
internal ref struct RecordReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins behind the type byte of a record that must be of one type, as <see cref="RecordTypes.Of"/> has
    /// it.</summary>
    public RecordReader(ReadOnlySpan<byte> record, RecordType type)
        : this(record, type, type)
    {
    }

    /// <summary>Begins behind the type byte of a record that must be of one of two types.</summary>
    public RecordReader(ReadOnlySpan<byte> record, RecordType type, RecordType other)
    {
        var actual = RecordTypes.Of(record);
        if (actual != type && actual != other)
            Status = RecordStatus.InvalidType;
        else
            _rest = record[1..];
    }

    /// <summary>Ok until something could not be read.</summary>
    public RecordStatus Status { get; private set; }

    /// <summary>Whether nothing is left, which is so after a failure too: a loop over the record ends by itself.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Bytes left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>Reads one byte.</summary>
    public byte ReadByte()
    {
        if (_rest.IsEmpty) return (byte)Fail();
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    /// <summary>Reads eight bytes.</summary>
    public ulong ReadUInt64()
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_rest, out var value)) return Fail();
        _rest = _rest[sizeof(ulong)..];
        return value;
    }

    /// <summary>Reads an unsigned varint.</summary>
    public ulong ReadUvarint()
    {
        if (!_rest.IsEmpty && _rest[0] < 0x80) return ReadByte();
        var length = Varint.Read(_rest, out var value);
        if (length == 0) return Fail();
        _rest = _rest[length..];
        return value;
    }

    /// <summary>Reads a zigzag varint.</summary>
    public long ReadVarint() => Varint.UnZigZag(ReadUvarint());

    /// <summary>Passes over the start timestamp of an entry that is not its record's first: none, that of the entry before, or a
    /// difference.</summary>
    public void SkipStartTime()
    {
        if (ReadByte() > 1) ReadUvarint();
    }

    /// <summary>Reads a number of elements of at least <paramref name="elementBytes"/> bytes each; more than are left is a
    /// failure.</summary>
    public int ReadCount(int elementBytes)
    {
        var count = ReadUvarint();
        return count <= (ulong)(_rest.Length / elementBytes) ? (int)count : (int)Fail();
    }

    /// <summary>Reads a length-prefixed string.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        var length = ReadCount(1);
        var text = _rest[..length];
        _rest = _rest[length..];
        return text;
    }

    /// <summary>Reads a label set and gives its whole encoding: <see cref="Labels.LabelEnumerator"/> walks it.</summary>
    public ReadOnlySpan<byte> ReadLabels()
    {
        var start = _rest;
        // A label is at least two empty strings: two bytes.
        for (var left = ReadCount(2); left > 0; left--)
        {
            ReadString();
            ReadString();
        }
        return Status == RecordStatus.Ok ? start[..^_rest.Length] : [];
    }

    private ulong Fail()
    {
        if (Status == RecordStatus.Ok) Status = RecordStatus.InvalidSize;
        _rest = default;
        return 0;
    }
}
