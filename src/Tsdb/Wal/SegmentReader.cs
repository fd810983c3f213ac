using System.Buffers;
using System.Buffers.Binary;
using Tsdb.Memory;
using Tsdb.Wal.Zstd;

namespace Tsdb.Wal;

/// <summary>Reads the records of a log directory (or of a checkpoint, which has the same form) front to back.</summary>
/// <remarks>
/// <code>
/// using var reader = new SegmentReader(directory);
/// while (reader.Read()) Use(reader.Record);
/// if (reader.Corruption is { } defect) …
/// </code>
/// Streams through pooled buffers; nothing is allocated per record. One thread.
/// A defect ends the reading and is a value; a disk that cannot be read is an exception. A reader from <see cref="Tolerant"/>
/// tells of a
/// defect and goes on behind it. Rules: docs/formats/wal.md.
/// </remarks>
internal sealed class SegmentReader : IDisposable
{
    private const long Unknown = -1;
    private const long AtEnd = long.MaxValue;

    private readonly SegmentStream _stream;
    private readonly int _recordBytesMax;
    private readonly Action<WalCorruption>? _onDefect;
    private byte[] _parts = [];
    private byte[] _decoded = [];
    private FrameDecoder? _zstd;
    private byte[]? _recordArray;
    private int _recordLength;
    private long _consumed;
    private FragmentType _lastType;
    private long _fragmentStart;
    private long _goOnAt;
    private bool _isInsideLostRecord;
    private bool _ended;

    /// <summary>Opens the segments of a directory, or those with numbers in a range.</summary>
    /// <param name="directory">A log or a checkpoint. No segments, or no directory: there is nothing to read.</param>
    /// <param name="first">Lowest number; must exist if any higher one does. Absent: the lowest there is.</param>
    /// <param name="last">Highest number. Absent: the highest there is now.</param>
    /// <param name="recordBytesMax">A record longer than this, decoded, counts as corrupt.</param>
    /// <exception cref="InvalidDataException">Segments are missing between others, or <paramref name="first"/> is.</exception>
    /// <exception cref="IOException">The first segment cannot be opened.</exception>
    public SegmentReader(string directory, int? first = null, int? last = null, int recordBytesMax = Snappy.InputLengthMax)
    {
        Directory = directory;
        _recordBytesMax = recordBytesMax;
        var segments = SegmentDirectory.ListSegments(directory);
        if (segments.Length == 0)
        {
            _stream = new SegmentStream(directory, 0, -1);
            return;
        }
        var from = first ?? segments[0];
        var to = Math.Min(last ?? int.MaxValue, segments[^1]);
        if (from < segments[0] && to >= segments[0])
        {
            var missing = SegmentDirectory.SegmentPath(directory, from);
            throw new InvalidDataException($"CORRUPT: open WAL segment: {from}: {missing}: no such file or directory");
        }
        _stream = new SegmentStream(directory, from, to);
    }

    private SegmentReader(string directory, int segment, Action<WalCorruption> onDefect)
    {
        (Directory, _recordBytesMax, _onDefect) = (directory, Snappy.InputLengthMax, onDefect);
        _stream = new SegmentStream(directory, segment, segment);
    }

    /// <summary>Opens one segment to be read to its end whatever it holds.</summary>
    /// <param name="directory">A log or a checkpoint.</param>
    /// <param name="segment">Number of the segment, which exists.</param>
    /// <param name="onDefect">Told of each defect; a record of which a part is lost is not given.</param>
    /// <exception cref="IOException">The segment cannot be opened.</exception>
    public static SegmentReader Tolerant(string directory, int segment, Action<WalCorruption> onDefect) =>
        new(directory, segment, onDefect);

    /// <summary>The directory read.</summary>
    public string Directory { get; }

    /// <summary>The record that <see cref="Read"/> found; valid until it is called again.</summary>
    public ReadOnlySpan<byte> Record => _recordArray is null ? [] : _recordArray.AsSpan(0, _recordLength);

    /// <summary>Why the reading ended early; null before the end and after a clean end.</summary>
    public WalCorruption? Corruption { get; private set; }

    /// <summary>Number of the segment in which the last record ended.</summary>
    public int Segment => _stream.Segment;

    /// <summary>Where in <see cref="Segment"/> the last record ended, bytes.</summary>
    public long Offset => _stream.Offset;

    /// <summary>Steps to the next record.</summary>
    /// <returns>False at the end and at a defect: look at <see cref="Corruption"/>.</returns>
    /// <exception cref="IOException">A segment cannot be opened or read.</exception>
    public bool Read()
    {
        while (!TryRead())
        {
            if (Corruption is not { } defect || _onDefect is null) return false;
            _onDefect(defect);
            GoOn();
        }
        return true;
    }

    /// <summary>Passes over everything in front of an offset of the first segment; before the first <see cref="Read"/>.</summary>
    /// <param name="offset">Where a record begins.</param>
    public void Skip(long offset)
    {
        // Pages of a closed segment are full, so this is what happens; the other is for a position that no page begins at.
        if (offset % PageFormat.PageBytes == 0) _stream.Seek(offset);
        else
        {
            while (Offset < offset && Read())
            {
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _zstd?.Dispose();
        if (_parts.Length > 0) ArrayPool<byte>.Shared.Return(_parts);
        if (_decoded.Length > 0) ArrayPool<byte>.Shared.Return(_decoded);
        (_parts, _decoded, _recordArray, _ended) = ([], [], null, true);
    }

    private bool TryRead()
    {
        if (_ended) return false;
        var (count, length) = (0, 0);
        while (true)
        {
            _fragmentStart = _stream.Offset;
            var header = Take(1);
            // The type of the last header decides, which hides a first fragment in front of padding; who reads on sees it.
            var isTorn = _onDefect is null ? _lastType is FragmentType.First or FragmentType.Middle : count > 0;
            if (header.IsEmpty) return End(isTorn);
            var head = header[0];
            _lastType = (FragmentType)(head & PageFormat.TypeMask);
            if (_lastType == FragmentType.Padding)
            {
                if (!TrySkipPadding()) return Fail("unexpected non-zero byte in padded page");
                continue;
            }
            if (!TryFragment(out var data)) return false;
            if (_isInsideLostRecord && _lastType is FragmentType.Middle or FragmentType.Last) continue;
            _isInsideLostRecord = false;
            if (OrderError(_lastType, count) is { } error)
            {
                // What begins a record is sound: it only shows that the record before never ended.
                return Fail(error, _lastType is FragmentType.Full or FragmentType.First ? _fragmentStart : _stream.Offset);
            }
            if (!TryCollect(data, ref length)) return Fail($"record larger than {_recordBytesMax} bytes", _stream.Offset);
            count++;
            if (_lastType is FragmentType.Full or FragmentType.Last) return Deliver(head, length);
        }
    }

    /// <summary>Steps behind the defect just told: what is left of its record is passed over without another word.</summary>
    private void GoOn()
    {
        Corruption = null;
        if (_goOnAt == AtEnd) return;
        if (_goOnAt < 0)
        {
            var pageStart = _fragmentStart - (_fragmentStart % PageFormat.PageBytes);
            _goOnAt = pageStart + PageScan.Find(_stream.ReadPage(pageStart), (int)(_fragmentStart - pageStart));
        }
        _stream.Seek(_goOnAt);
        (_consumed, _ended, _isInsideLostRecord) = (_goOnAt, false, true);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var bytes = _stream.Take(count);
        _consumed += bytes.Length;
        return bytes;
    }

    private bool TrySkipPadding()
    {
        var rest = PageFormat.PageBytes - (int)(_consumed % PageFormat.PageBytes);
        return rest == PageFormat.PageBytes || !Take(rest).ContainsAnyExcept((byte)0);
    }

    /// <summary>Reads the rest of a header and the data behind it.</summary>
    private bool TryFragment(out ReadOnlySpan<byte> data)
    {
        data = default;
        var header = Take(PageFormat.HeaderBytes - 1);
        if (header.IsEmpty) return End(_lastType is FragmentType.First or FragmentType.Middle);
        if (header.Length < PageFormat.HeaderBytes - 1) return Fail("read remaining header: unexpected EOF");
        int length = BinaryPrimitives.ReadUInt16BigEndian(header);
        var expected = BinaryPrimitives.ReadUInt32BigEndian(header[sizeof(ushort)..]);
        if (length > PageFormat.FragmentBytesMax) return Fail($"invalid record size {length}");
        data = Take(length);
        if (data.Length < length)
            return data.IsEmpty ? End(_lastType is FragmentType.First or FragmentType.Middle) : Fail("unexpected EOF");
        var actual = Crc32C.Compute(data);
        return actual == expected || Fail($"unexpected checksum {actual:x}, expected {expected:x}");
    }

    private static string? OrderError(FragmentType type, int count) => type switch
    {
        FragmentType.Full => count == 0 ? null : "unexpected full record",
        FragmentType.First => count == 0 ? null : "unexpected first record, dropping buffer",
        FragmentType.Middle => count > 0 ? null : "unexpected middle record, dropping buffer",
        FragmentType.Last => count > 0 ? null : "unexpected last record, dropping buffer",
        _ => $"unexpected record type {(int)type}",
    };

    private bool TryCollect(ReadOnlySpan<byte> data, ref int length)
    {
        if (data.Length > _recordBytesMax - length) return false;
        Grow(ref _parts, length, length + data.Length);
        data.CopyTo(_parts.AsSpan(length));
        length += data.Length;
        return true;
    }

    /// <summary>The flags of a record's last fragment tell how all of it is stored.</summary>
    private bool Deliver(byte head, int length)
    {
        (_recordArray, _recordLength) = (_parts, length);
        if ((head & PageFormat.SnappyFlag) != 0) return DecodeSnappy(_parts.AsSpan(0, length));
        if ((head & PageFormat.ZstdFlag) == 0) return true;
        return DecodeZstd(_parts.AsSpan(0, length));
    }

    private bool DecodeZstd(ReadOnlySpan<byte> frames)
    {
        _zstd ??= new FrameDecoder(_recordBytesMax);
        var status = _zstd.Decode(frames);
        if (status == FrameStatus.NoFrame) return Fail("invalid input: magic number mismatch", _stream.Offset);
        if (status != FrameStatus.Ok) return Fail("zstd: corrupt input", _stream.Offset);
        (_recordArray, _recordLength) = (_zstd.Array, _zstd.Length);
        return true;
    }

    private bool DecodeSnappy(ReadOnlySpan<byte> block)
    {
        if (!Snappy.TryGetDecodedLength(block, out var length)) return Fail("snappy: corrupt input", _stream.Offset);
        if (length > _recordBytesMax) return Fail($"record larger than {_recordBytesMax} bytes", _stream.Offset);
        Grow(ref _decoded, 0, length);
        if (Snappy.Decode(block, _decoded) != SnappyStatus.Ok) return Fail("snappy: corrupt input", _stream.Offset);
        (_recordArray, _recordLength) = (_decoded, length);
        return true;
    }

    private static void Grow(ref byte[] array, int used, int needed)
    {
        if (array.Length >= needed) return;
        // Doubling keeps a record of thousands of fragments from being copied for each of them.
        var capacity = Math.Max(Math.Max(needed, PageFormat.PageBytes), 2L * array.Length);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(capacity, Array.MaxLength));
        array.AsSpan(0, used).CopyTo(larger);
        if (array.Length > 0) ArrayPool<byte>.Shared.Return(array);
        array = larger;
    }

    private bool End(bool isTorn)
    {
        if (isTorn) return Fail("last record is torn", AtEnd);
        _ended = true;
        _recordArray = null;
        return false;
    }

    /// <param name="cause">What is wrong.</param>
    /// <param name="goOnAt">Where reading may go on; <see cref="Unknown"/> = the page has to be searched.</param>
    private bool Fail(string cause, long goOnAt = Unknown)
    {
        _ended = true;
        _recordArray = null;
        _goOnAt = goOnAt;
        Corruption = new WalCorruption(Directory, Segment, Offset, cause);
        return false;
    }
}
