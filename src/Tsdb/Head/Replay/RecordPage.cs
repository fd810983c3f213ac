using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.Replay;

/// <summary>Records of one segment on their way from the file to the replay, checked and decompressed; filled again and
/// again.</summary>
internal sealed class RecordPage : IDisposable
{
    /// <summary>Filled beyond this it is handed on: the samples of a dozen requests.</summary>
    private const int FullBytes = 256 << 10;

    private readonly ByteBuffer _bytes = new(FullBytes);
    private readonly List<(int End, long Offset)> _records = [];

    /// <summary>The segment they are of, as an index of the parts of the log.</summary>
    public int Part { get; private set; }

    /// <summary>Whether the segment ends here.</summary>
    public bool EndsPart { get; private set; }

    /// <summary>Number of records.</summary>
    public int Count => _records.Count;

    /// <summary>A record by its number in the page.</summary>
    public ReadOnlySpan<byte> this[int record] =>
        _bytes.Written[(record == 0 ? 0 : _records[record - 1].End).._records[record].End];

    /// <summary>Where in its segment a record ended, bytes.</summary>
    public long OffsetOf(int record) => _records[record].Offset;

    /// <summary>Takes the next records of a segment.</summary>
    public void Fill(SegmentReader reader, int part)
    {
        _bytes.Clear();
        _records.Clear();
        (Part, EndsPart) = (part, false);
        while (_bytes.Length < FullBytes)
        {
            if (!reader.Read())
            {
                EndsPart = true;
                return;
            }
            _bytes.Write(reader.Record);
            _records.Add((_bytes.Length, reader.Offset));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
