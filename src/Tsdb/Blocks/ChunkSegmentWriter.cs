using System.Buffers.Binary;
using Tsdb.Chunks;
using Tsdb.Files;
using Tsdb.Index;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>Writes a block's chunk files one after the other.</summary>
/// <remarks>Files are not preallocated: they are written front to back by one thread, so their blocks are contiguous
/// anyway.</remarks>
internal sealed class ChunkSegmentWriter : IDisposable
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly long _segmentSizeBytes;
    private SectionWriter? _file;
    private int _number;
    private long _batchStart;
    private long _batchBytes;
    private bool _isFreshBatch;

    public ChunkSegmentWriter(string directory, long segmentSizeBytes, IDisk disk)
    {
        _disk = disk;
        _directory = directory;
        _segmentSizeBytes = segmentSizeBytes;
        disk.CreateDirectory(directory);
    }

    /// <summary>Tells that the next chunk is the first of a series: upstream estimates sizes from here.</summary>
    public void BeginSeries()
    {
        _batchStart = _file?.Position ?? 0;
        _batchBytes = 0;
        // A new file always takes the first chunk, whatever its size.
        _isFreshBatch = _batchStart <= ChunkSegmentFormat.HeaderBytes;
        if (_isFreshBatch) _batchStart = ChunkSegmentFormat.HeaderBytes;
    }

    /// <summary>Appends a chunk.</summary>
    /// <returns>Its reference: index of the file (from 0) in the high 32 bits, offset in the low 32.</returns>
    public ulong Write(ChunkEncoding encoding, ReadOnlySpan<byte> data)
    {
        // Sizes are counted with the longest length field, as upstream does when it decides where to cut.
        var estimate = ChunkSegmentFormat.FrameMaxBytes + data.Length;
        _batchBytes += estimate;
        var isCutDue = _file is null || (!_isFreshBatch && _batchStart + _batchBytes > _segmentSizeBytes);
        if (isCutDue)
        {
            Cut();
            _batchStart = ChunkSegmentFormat.HeaderBytes;
            _batchBytes = estimate;
        }
        _isFreshBatch = false;
        var file = _file!;
        var reference = ((ulong)(_number - 1) << 32) | (uint)file.Position;
        file.Buffer.WriteUvarint((ulong)data.Length);
        var start = file.Buffer.Length;
        file.Buffer.WriteByte((byte)encoding);
        file.Buffer.Write(data);
        file.Buffer.WriteUInt32(Crc32C.Compute(file.Buffer.Written[start..]));
        file.Settle();
        return reference;
    }

    /// <summary>Flushes everything to the device.</summary>
    public void Finish()
    {
        FinishFile();
        _disk.SyncDirectory(_directory);
    }

    public void Dispose() => _file?.Dispose();

    private void Cut()
    {
        FinishFile();
        _file = new SectionWriter(Path.Combine(_directory, ChunkSegmentFormat.FileName(++_number)), _disk);
        var header = _file.Buffer.GetSpan(ChunkSegmentFormat.HeaderBytes)[..ChunkSegmentFormat.HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(header, ChunkSegmentFormat.Magic);
        header[sizeof(uint)] = ChunkSegmentFormat.Version;
        _file.Buffer.Advance(header.Length);
    }

    private void FinishFile()
    {
        _file?.Finish();
        _file?.Dispose();
        _file = null;
    }
}
