using System.Runtime.InteropServices;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.Replay;

/// <summary>Records of one segment on their way from the file to the replay, checked, decompressed, and decoded as far as
/// they are about series; filled again and again.</summary>
internal sealed class RecordPage : IDisposable
{
    /// <summary>Filled beyond this it is handed on: the samples of a dozen requests.</summary>
    private const int FullBytes = 256 << 10;

    private readonly ByteBuffer _bytes = new(FullBytes);
    private readonly ByteBuffer _scratch = new(1024);
    private readonly List<(int End, long Offset, int SeriesEnd, RecordStatus Status)> _records = [];
    private readonly List<SeriesAhead> _series = [];

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

    /// <summary>The entries of a record, if it is a series record, up to its end or a defect.</summary>
    /// <param name="record">Its number in the page.</param>
    /// <param name="status">Whether there is a defect.</param>
    public ReadOnlySpan<SeriesAhead> SeriesOf(int record, out RecordStatus status)
    {
        status = _records[record].Status;
        return CollectionsMarshal.AsSpan(_series)[(record == 0 ? 0 : _records[record - 1].SeriesEnd).._records[record].SeriesEnd];
    }

    /// <summary>Takes the next records of a segment.</summary>
    public void Fill(SegmentReader reader, int part)
    {
        _bytes.Clear();
        _records.Clear();
        _series.Clear();
        (Part, EndsPart) = (part, false);
        while (_bytes.Length < FullBytes)
        {
            if (!reader.Read())
            {
                EndsPart = true;
                return;
            }
            _bytes.Write(reader.Record);
            var status = SeriesAhead.Decode(reader.Record, _series, _scratch);
            _records.Add((_bytes.Length, reader.Offset, _series.Count, status));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _scratch.Dispose();
    }
}
