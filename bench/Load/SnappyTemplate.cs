using System.Buffers.Binary;

namespace Load;

/// <summary>Compresses a request once, so that values and timestamps can be overwritten in the compressed form ever
/// after.</summary>
/// <remarks>
/// Snappy's block format consists of literals and copies of earlier output. A value always goes into a literal and is never
/// the source of
/// a copy. All timestamps of a request are equal: the first of a fragment is a literal, the others may be copies of it, which
/// stay right
/// whatever it becomes. Everything else is compressed greedily in fragments of 64 KiB, like the usual implementations, so the
/// size is that of a real request. Source: snappy format_description.txt.
/// </remarks>
internal sealed class SnappyTemplate
{
    private const int FragmentBytes = 1 << 16;
    private const int TableBits = 14;
    private const int MatchMin = 4;

    private readonly int[] _table = new int[1 << TableBits];
    private readonly List<int> _valueAt = [];
    private readonly List<TimestampByte> _timestampAt = [];
    private byte[] _output = [];
    private int _length;

    /// <summary>Compresses behind a prefix.</summary>
    /// <param name="plain">The request; every series must be shorter than a fragment.</param>
    /// <param name="prefixBytes">Bytes left free at the front of the result for the caller.</param>
    public CompressedRequest Compress(PlainRequest plain, int prefixBytes)
    {
        // Literals cost at most one more byte in 60 and the header five.
        if (_output.Length < prefixBytes + (plain.Length * 2)) _output = new byte[prefixBytes + (plain.Length * 2)];
        _valueAt.Clear();
        _timestampAt.Clear();
        _length = prefixBytes;
        PutLength(plain.Length);
        var start = 0;
        for (var i = 1; i <= plain.SeriesStarts.Count; i++)
        {
            // A fragment ends between two series, so that no value is cut in two.
            var end = i < plain.SeriesStarts.Count ? plain.SeriesStarts[i] : plain.Length;
            var next = i + 1 < plain.SeriesStarts.Count ? plain.SeriesStarts[i + 1] : plain.Length;
            if (next - start < FragmentBytes && i < plain.SeriesStarts.Count) continue;
            CompressFragment(plain, start, end);
            start = end;
        }
        return new CompressedRequest(_output.AsSpan(0, _length).ToArray(), [.. _valueAt], [.. _timestampAt]);
    }

    private void CompressFragment(PlainRequest plain, int start, int end)
    {
        var bytes = plain.Bytes[..end];
        var kinds = plain.Kinds[..end];
        Array.Fill(_table, -1);
        var literal = start;
        var at = start;
        while (at + MatchMin <= end)
        {
            // Values are longer than a word, so one that overlaps the word covers its first or its last byte.
            if (kinds[at] == ByteKind.Value || kinds[at + MatchMin - 1] == ByteKind.Value)
            {
                at++;
                continue;
            }
            ref var slot = ref _table[(BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) * 0x1E35A7BD) >> (32 - TableBits)];
            var candidate = slot;
            slot = at;
            var length = candidate < 0 ? 0 : MatchLength(bytes, kinds, candidate, at);
            if (length < MatchMin)
            {
                at++;
                continue;
            }
            PutLiteral(bytes[literal..at], kinds[literal..at]);
            PutCopy(at - candidate, length);
            at += length;
            literal = at;
        }
        PutLiteral(bytes[literal..end], kinds[literal..end]);
    }

    private static int MatchLength(ReadOnlySpan<byte> bytes, ReadOnlySpan<ByteKind> kinds, int from, int to)
    {
        var length = bytes[to..].CommonPrefixLength(bytes[from..]);
        length = kinds.Slice(to, length).CommonPrefixLength(kinds[from..]);
        var value = kinds.Slice(to, length).IndexOf(ByteKind.Value);
        return value < 0 ? length : value;
    }

    private void PutLiteral(ReadOnlySpan<byte> bytes, ReadOnlySpan<ByteKind> kinds)
    {
        if (bytes.IsEmpty) return;
        var extra = bytes.Length - 1;
        if (extra < 60)
        {
            _output[_length++] = (byte)(extra << 2);
        }
        else
        {
            _output[_length++] = extra < 256 ? (byte)(60 << 2) : (byte)(61 << 2); // One or two bytes of length follow.
            _output[_length++] = (byte)extra;
            if (extra >= 256) _output[_length++] = (byte)(extra >> 8);
        }
        for (var i = 0; i < bytes.Length; i++, _length++)
        {
            _output[_length] = bytes[i];
            if (kinds[i] >= ByteKind.Timestamp0) _timestampAt.Add(new TimestampByte(_length, kinds[i] - ByteKind.Timestamp0));
            else if (kinds[i] == ByteKind.Value && (i == 0 || kinds[i - 1] != ByteKind.Value)) _valueAt.Add(_length);
        }
    }

    private void PutCopy(int offset, int length)
    {
        while (length > 0)
        {
            // A copy holds up to 64 bytes; 60 of 65 to 67 leave enough for another one.
            var part = length is > 64 and < 64 + MatchMin ? 60 : Math.Min(length, 64);
            if (part is >= 4 and < 12 && offset < 2048)
            {
                _output[_length++] = (byte)(1 | ((part - 4) << 2) | (offset >> 8 << 5));
                _output[_length++] = (byte)offset;
            }
            else
            {
                _output[_length++] = (byte)(2 | ((part - 1) << 2));
                BinaryPrimitives.WriteUInt16LittleEndian(_output.AsSpan(_length), (ushort)offset);
                _length += sizeof(ushort);
            }
            length -= part;
        }
    }

    private void PutLength(int value)
    {
        for (; value >= 0x80; value >>= 7) _output[_length++] = (byte)(value | 0x80);
        _output[_length++] = (byte)value;
    }
}

/// <summary>Where one byte of a timestamp's varint stands in the compressed form.</summary>
internal readonly record struct TimestampByte(int At, int Index);

/// <summary>A compressed request and the places that change from round to round.</summary>
internal sealed record CompressedRequest(byte[] Bytes, int[] ValueAt, TimestampByte[] TimestampAt)
{
    /// <summary>Overwrites the timestamp of all samples; milliseconds, 2005 to 2109.</summary>
    public void SetTimestamp(long timestampMs)
    {
        foreach (var (at, index) in TimestampAt)
        {
            var more = index < PlainRequest.TimestampBytes - 1 ? 0x80 : 0;
            Bytes[at] = (byte)(((timestampMs >> (7 * index)) & 0x7F) | (uint)more);
        }
    }

    /// <summary>Overwrites every value: the n-th is that of series first + n.</summary>
    public void SetValues(SampleValues values, long first, long round)
    {
        for (var i = 0; i < ValueAt.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(Bytes.AsSpan(ValueAt[i]), values.At(first + i, round));
    }
}
