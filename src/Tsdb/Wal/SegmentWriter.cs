using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Tsdb.Files;
using Tsdb.Memory;

namespace Tsdb.Wal;

/// <summary>Appends records to a log directory. Always begins a new segment, never appends to an existing one.</summary>
/// <remarks>
/// <para>One writer at a time: the caller serialises everything but <see cref="Sync(SyncPoint)"/>, <see cref="SizeBytes"/> and
/// <see cref="Truncate"/>.</para>
/// <para>Records are staged by <see cref="Append"/> and reach the operating system with <see cref="Flush"/>, as one write for
/// all of
/// them (one more for each segment they end). Nothing is allocated in the steady state.</para>
/// <para>After a failed write, or a failed flush to the device, the segment is failed: <see cref="Append"/> and
/// <see cref="Flush"/>
/// throw until <see cref="NextSegment"/> has cut the segment back to its last whole batch and begun another. A writer
/// that ends segments itself cuts back to what the device has when that was what failed: its user acknowledges nothing else.
/// Layout: docs/formats/wal.md.</para>
/// </remarks>
internal sealed class SegmentWriter : IDisposable
{
    private readonly string _directory;
    private readonly int _segmentPages;
    private readonly RecordCompression _compression;
    private readonly IDisk _disk;
    private readonly SegmentFinisher? _finisher; // Null: segments end in the foreground.
    private readonly Lock _device = new(); // One flush of a segment at a time; guards _refused.
    private volatile IDiskFile _file;
    private string _path;
    private byte[] _staged = ArrayPool<byte>.Shared.Rent(2 * PageFormat.PageBytes);
    private byte[] _compressed = [];
    private int _stagedLength;
    private long _written;
    private long _durable;
    private bool _tornTail;
    private volatile IDiskFile? _refused; // The segment that the device refused to flush.
    private volatile bool _failed;
    private bool _closed;

    /// <summary>Opens a log for writing: a new segment after the last one and above every checkpoint.</summary>
    /// <param name="directory">Created when missing.</param>
    /// <param name="segmentSizeBytes">Size at which a segment ends; a positive multiple of 32768.</param>
    /// <param name="compression">How records are stored.</param>
    /// <param name="counters">Where to count; a new set when absent.</param>
    /// <param name="disk">What it is written through; the real one when absent.</param>
    /// <param name="endsInBackground">Whether a finished segment is flushed and closed beside the writing of the next.</param>
    /// <exception cref="ArgumentException">The size is not a multiple of the page size.</exception>
    /// <exception cref="IOException">The directory or the segment cannot be created.</exception>
    public SegmentWriter(
        string directory,
        int segmentSizeBytes = PageFormat.SegmentBytesDefault,
        RecordCompression compression = RecordCompression.Snappy,
        WalCounters? counters = null,
        IDisk? disk = null,
        bool endsInBackground = true)
    {
        if (segmentSizeBytes <= 0 || segmentSizeBytes % PageFormat.PageBytes != 0)
            throw new ArgumentException($"invalid segment size {segmentSizeBytes}", nameof(segmentSizeBytes));
        _directory = directory;
        _segmentPages = segmentSizeBytes / PageFormat.PageBytes;
        _compression = compression;
        _disk = disk ?? RealDisk.Instance;
        Counters = counters ?? new WalCounters();
        if (endsInBackground) _finisher = new SegmentFinisher(directory, _disk, Counters);
        _disk.Ensure(directory);
        var last = SegmentDirectory.ListNumbers(directory) is [.., var number] ? number : -1;
        (_file, _path) = Create(Math.Max(last, SegmentDirectory.LastCheckpoint(directory)) + 1, isDurable: true);
    }

    /// <summary>What this writer did.</summary>
    public WalCounters Counters { get; }

    /// <summary>Number of the segment being written.</summary>
    public int Segment { get; private set; }

    /// <summary>Where the next fragment goes in <see cref="Segment"/>: with it, the position a snapshot stores.</summary>
    public long Offset => _written + _stagedLength;

    /// <summary>How far it is written: for <see cref="Sync(SyncPoint)"/>.</summary>
    public SyncPoint Point => new(_file, _written);

    /// <summary>Whether the device refused to flush the segment being written.</summary>
    public bool IsRefused => _refused is not null && _refused == _file;

    /// <summary>Bytes on disk of the whole log directory, checkpoints included. Walks the directory.</summary>
    public long SizeBytes => SegmentDirectory.SizeBytes(_directory);

    /// <summary>Writes one record: <see cref="Append"/> and <see cref="Flush"/>.</summary>
    /// <exception cref="IOException">See <see cref="Flush"/>.</exception>
    public void Log(ReadOnlySpan<byte> record)
    {
        Append(record);
        Flush();
    }

    /// <summary>Stages one record; the next <see cref="Flush"/> writes it. A record never spans segments.</summary>
    /// <param name="record">Its bytes are copied. May be empty.</param>
    /// <param name="words">Where it has numbers of eight bytes, if that is known: it is then compressed faster.</param>
    /// <exception cref="IOException">The segment is failed, or it ended here and could not be written.</exception>
    public void Append(ReadOnlySpan<byte> record, ReadOnlySpan<WordRun> words = default)
    {
        ThrowIfFailed();
        byte flag = 0;
        if (_compression == RecordCompression.Snappy && record.Length is > 0 and <= Snappy.InputLengthMax)
        {
            EnsureCompressed(Snappy.MaxEncodedLength(record.Length));
            var length = Snappy.EncodeWords(record, words, _compressed);
            if (length < record.Length)
            {
                Counters.BytesSavedByCompression += record.Length - length;
                record = _compressed.AsSpan(0, length);
                flag = PageFormat.SnappyFlag;
            }
        }
        if (record.Length > Room()) NextSegment();
        Stage(record, flag);
    }

    /// <summary>Hands everything staged to the operating system in one write. It is not yet on the device: see
    /// <see cref="Sync()"/>.</summary>
    /// <exception cref="IOException">Nothing of what was staged counts as logged; the segment is failed.</exception>
    public void Flush()
    {
        ThrowIfFailed();
        if (_stagedLength == 0) return;
        Counters.PageFlushes += PagesTouched(_written, _stagedLength);
        try
        {
            _file.Write(_staged.AsSpan(0, _stagedLength), _written);
        }
        catch (IOException e)
        {
            Counters.WritesFailed++;
            _stagedLength = 0;
            (_failed, _tornTail) = (true, true);
            throw new IOException($"write {_path} at {_written}: {e.Message}", e);
        }
        _written += _stagedLength;
        _stagedLength = 0;
    }

    /// <summary>Ends the segment and begins the next one. A failed segment is cut back to its last whole batch first.</summary>
    /// <exception cref="IOException">The segment could not be ended safely or the next one not created; this one stays
    /// failed.</exception>
    public void NextSegment()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_failed || IsRefused)
            CutTornTail();
        else
            PadPage();
        if (_stagedLength > 0) Flush();
        if (_finisher is null) SyncInForeground();
        var (previous, previousPath) = (_file, _path);
        _finisher?.Begin();
        try
        {
            (_file, _path) = Create(Segment + 1, isDurable: _finisher is null);
        }
        catch (IOException e)
        {
            _finisher?.Abandon();
            Counters.WritesFailed++;
            _failed = true;
            throw new IOException($"create segment after {previousPath} at {_written}: {e.Message}", e);
        }
        if (_finisher is null) previous.Dispose();
        else _finisher.Finish(previous, previousPath);
        _failed = false;
    }

    /// <summary>Flushes to the device all that was handed over by <see cref="Flush"/>.</summary>
    /// <exception cref="IOException">The device refused; the segment is failed and what it holds may be lost with the next
    /// power failure.</exception>
    public void Sync()
    {
        var point = Point;
        Sync(point);
        Confirm(point);
    }

    /// <summary>Flushes to the device what was written up to <paramref name="point"/>. Any thread may call it, beside the
    /// writer.</summary>
    /// <exception cref="IOException">The device refused, now or before: the segment is failed.</exception>
    public void Sync(SyncPoint point)
    {
        lock (_device)
        {
            // The system tells a failure once; asked again it may claim success although the pages are gone.
            if (_refused == point.File) throw new IOException($"fsync {point.File.Path}: the device refused it before");
            var started = Stopwatch.GetTimestamp();
            try
            {
                point.File.Sync();
            }
            catch (ObjectDisposedException) when (point.File != _file || _closed)
            {
                // It ended meanwhile: whoever finished it has flushed it, or tells below.
            }
            catch (IOException)
            {
                if (point.File == _file) _refused = point.File;
                throw;
            }
            finally
            {
                Counters.Fsyncs.DoneSince(started);
            }
        }
        _finisher?.WaitIdle();
    }

    /// <summary>Takes note that everything up to <paramref name="point"/> is on the device.</summary>
    public void Confirm(SyncPoint point)
    {
        if (point.File == _file) _durable = Math.Max(_durable, point.Offset);
    }

    /// <summary>Deletes the segments with a lower number, oldest first, so that an interruption leaves no gap. Never the one
    /// being written, and beside the writer: one caller at a time.</summary>
    /// <exception cref="IOException">One could not be deleted; the older ones are gone.</exception>
    public void Truncate(int belowSegment)
    {
        Counters.Truncations++;
        try
        {
            foreach (var segment in SegmentDirectory.ListNumbers(_directory))
            {
                if (segment >= belowSegment || segment >= Segment) return;
                _disk.DeleteFile(SegmentDirectory.SegmentPath(_directory, segment));
            }
        }
        catch
        {
            Counters.TruncationsFailed++;
            throw;
        }
    }

    /// <summary>Pads the last page, flushes everything to the device and closes. A failed segment is cut back
    /// instead.</summary>
    /// <exception cref="IOException">The end could not be made durable; everything is closed nevertheless.</exception>
    public void Dispose()
    {
        if (_closed) return;
        try
        {
            if (_failed || IsRefused)
                CutTornTail();
            else
                PadPage();
            if (_stagedLength > 0) Flush();
            Sync();
        }
        finally
        {
            _closed = true;
            _file.Dispose();
            ArrayPool<byte>.Shared.Return(_staged);
            if (_compressed.Length > 0) ArrayPool<byte>.Shared.Return(_compressed);
            (_staged, _compressed) = ([], []);
        }
    }

    /// <param name="segment">Its number.</param>
    /// <param name="isDurable">Whether its name is flushed here; otherwise it is when the segment before it is finished.</param>
    private (IDiskFile File, string Path) Create(int segment, bool isDurable)
    {
        var path = SegmentDirectory.SegmentPath(_directory, segment);
        var file = _disk.CreateFile(path);
        try
        {
            if (isDurable) _disk.SyncDirectory(_directory);
        }
        catch
        {
            file.Dispose();
            _disk.DeleteFile(path); // The name must be free for the next attempt.
            throw;
        }
        Segment = segment;
        Counters.CurrentSegment = segment;
        (_written, _durable) = (0, 0);
        return (file, path);
    }

    /// <summary>Bytes of a record that still fit the segment, which ends after its nominal number of pages.</summary>
    private long Room()
    {
        var used = (int)(Offset % PageFormat.PageBytes);
        var pagesLeft = _segmentPages - (Offset / PageFormat.PageBytes) - 1;
        return PageFormat.PageBytes - used - PageFormat.HeaderBytes + (PageFormat.FragmentBytesMax * pagesLeft);
    }

    private void Stage(ReadOnlySpan<byte> record, byte flag)
    {
        var first = true;
        do
        {
            var roomInPage = PageFormat.PageBytes - (int)(Offset % PageFormat.PageBytes) - PageFormat.HeaderBytes;
            var data = record[..Math.Min(record.Length, roomInPage)];
            record = record[data.Length..];
            StageFragment(TypeOf(first, record.IsEmpty), flag, data);
            first = false;
            if (roomInPage - data.Length < PageFormat.HeaderBytes) CompletePage();
        }
        while (!record.IsEmpty);
    }

    private static FragmentType TypeOf(bool first, bool last) => (first, last) switch
    {
        (true, true) => FragmentType.Full,
        (true, false) => FragmentType.First,
        (false, true) => FragmentType.Last,
        _ => FragmentType.Middle,
    };

    private void StageFragment(FragmentType type, byte flag, ReadOnlySpan<byte> data)
    {
        var to = Reserve(PageFormat.HeaderBytes + data.Length);
        to[0] = (byte)((byte)type | flag);
        BinaryPrimitives.WriteUInt16BigEndian(to[1..], (ushort)data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(to[3..], Crc32C.Compute(data));
        data.CopyTo(to[PageFormat.HeaderBytes..]);
        Counters.RecordPartsWritten++;
        Counters.RecordPartBytesWritten += data.Length;
    }

    /// <summary>Ends a page that holds something; an untouched one is not written.</summary>
    private void PadPage()
    {
        if (Offset % PageFormat.PageBytes != 0) CompletePage();
    }

    private void CompletePage()
    {
        var used = (int)(Offset % PageFormat.PageBytes);
        if (used > 0) Reserve(PageFormat.PageBytes - used).Clear();
        Counters.CompletedPages++;
    }

    private Span<byte> Reserve(int count)
    {
        if (_staged.Length - _stagedLength < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(2 * _staged.Length, _stagedLength + count)));
            _staged.AsSpan(0, _stagedLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_staged);
            _staged = larger;
        }
        _stagedLength += count;
        return _staged.AsSpan(_stagedLength - count, count);
    }

    private void EnsureCompressed(int length)
    {
        if (_compressed.Length >= length) return;
        if (_compressed.Length > 0) ArrayPool<byte>.Shared.Return(_compressed);
        _compressed = ArrayPool<byte>.Shared.Rent(length);
    }

    private static long PagesTouched(long offset, int length) =>
        ((offset + length - 1) / PageFormat.PageBytes) - (offset / PageFormat.PageBytes) + 1;

    private void CutTornTail()
    {
        _stagedLength = 0;
        var kept = IsRefused && _finisher is null ? _durable : _written;
        if (_tornTail || kept < _written)
        {
            try
            {
                _file.SetLength(kept);
            }
            catch (IOException e)
            {
                throw new IOException($"truncate {_path} to {kept}: {e.Message}", e);
            }
        }
        (_written, _tornTail, _refused) = (kept, false, null);
    }

    /// <summary>A segment that cannot be flushed is not left: what follows it would be lost behind the gap.</summary>
    private void SyncInForeground()
    {
        try
        {
            Sync();
        }
        catch (IOException)
        {
            _failed = true;
            throw;
        }
    }

    private void ThrowIfFailed()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_failed || IsRefused)
            throw new IOException($"segment {_path} failed at {_written}; a new segment must be started");
        _finisher?.ThrowIfFailed();
    }
}
