using System.Buffers;
using Tsdb.Files;
using Tsdb.Memory;

namespace Tsdb.Chunks;

/// <summary>The chunk files of a head (directory <c>chunks_head</c>): full chunks that memory need not hold any longer.</summary>
/// <remarks>
/// One writer and any number of readers may work at the same time. Chunks are readable as soon as they are written; they
/// reach the file when the buffer is full and the device when a file ends. A crash loses what is buffered: the log still has it.
/// Layout: docs/formats/chunks.md.
/// </remarks>
internal sealed class HeadChunkFiles : IDisposable
{
    /// <summary>Upstream's file size limit, 128 MiB.</summary>
    public const int FileSizeMaxBytes = 128 << 20;

    /// <summary>The write buffer: what stays in a processor's cache until it is written. Upstream's has 4 MiB (decision
    /// 0111).</summary>
    public const int WriteBufferDefaultBytes = 256 << 10;

    /// <summary>A new file is extended to this size at once, as upstream does.</summary>
    private const int PreallocatedBytes = 128 << 10;

    /// <summary>Most chunks fit one read of this size: about 1 KiB of samples and 34 bytes of frame.</summary>
    private const int FirstReadBytes = 2048;

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly int _writeBufferBytes;
    private readonly int _fileSizeBytes;
    // Guards the buffer, _current and replacement of _files. Taken last; held across a flush.
    private readonly Lock _gate = new();
    private readonly ByteBuffer _buffer = new();
    private readonly List<string> _problems = [];
    private readonly List<string> _setAside = [];
    private volatile HeadChunkFile[] _files = [];
    private HeadChunkFile? _current;
    private long _flushedBytes;
    private bool _isCutDue;

    private HeadChunkFiles(string directory, IDisk disk, int writeBufferBytes, int fileSizeBytes)
    {
        _disk = disk;
        _directory = directory;
        _writeBufferBytes = writeBufferBytes;
        _fileSizeBytes = fileSizeBytes;
    }

    /// <summary>Times that damage was found while loading.</summary>
    public long CorruptionCount { get; private set; }

    /// <summary>Chunks written since the files were opened.</summary>
    public long WrittenCount { get; private set; }

    /// <summary>What was wrong with numbers and headers when the files were opened, a line each that starts with
    /// CORRUPT:.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Files there are now.</summary>
    public int FileCount => _files.Length;

    /// <summary>Lowest number of a file; <see cref="int.MaxValue"/> without any.</summary>
    public int LowestNumber => _files is [var first, ..] ? first.Number : int.MaxValue;

    /// <summary>Bytes of the files, buffered ones included, preallocated ones not counted for the current file.</summary>
    public long SizeBytes
    {
        get
        {
            lock (_gate)
            {
                long total = 0;
                foreach (var file in _files)
                    total += file == _current ? _flushedBytes + _buffer.Length : RandomAccess.GetLength(file.Handle);
                return total;
            }
        }
    }

    /// <summary>Opens the directory, creating it when missing. Nothing is read but the headers; call <see cref="Load"/>
    /// next.</summary>
    /// <param name="directory">Usually <c>chunks_head</c> below the database.</param>
    /// <param name="writeBufferBytes">Bytes that may wait in memory, 64 KiB to 8 MiB.</param>
    /// <param name="fileSizeBytes">Size past which a file is not extended; the default is upstream's.</param>
    public static HeadChunkFiles Open(
        string directory, int writeBufferBytes = WriteBufferDefaultBytes, int fileSizeBytes = FileSizeMaxBytes) =>
        Open(directory, RealDisk.Instance, writeBufferBytes, fileSizeBytes);

    /// <summary>As the other, writing through the given disk.</summary>
    internal static HeadChunkFiles Open(
        string directory, IDisk disk, int writeBufferBytes = WriteBufferDefaultBytes, int fileSizeBytes = FileSizeMaxBytes)
    {
        disk.Ensure(directory);
        var files = new HeadChunkFiles(directory, disk, writeBufferBytes, fileSizeBytes);
        try
        {
            foreach (var (number, path) in HeadChunkDirectory.Prepare(directory, disk, files._problems, files._setAside))
                files._files = [.. files._files, HeadChunkFile.Open(number, path)];
            files.CorruptionCount = files._problems.Count;
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Where damaged files were put: full paths. Nobody reads them again.</summary>
    public IReadOnlyList<string> SetAside => _setAside;

    /// <summary>Walks every chunk; a damaged file is set aside under another name with an empty one in its place, and the walk
    /// starts
    /// again.</summary>
    /// <remarks>Numbers are not given out again: a reference to a chunk that is gone must not come to mean another one.</remarks>
    /// <param name="visit">Told each chunk in order of references; false when it cannot follow its series' chunk before, which
    /// sets all files aside.</param>
    /// <param name="reset">Told to forget everything visited so far.</param>
    /// <returns>The first damage found, starting with CORRUPT:, or null. All are in <see cref="Problems"/>.</returns>
    public string? Load(Func<HeadChunkEntry, bool> visit, Action reset)
    {
        string? first = null;
        while (Walk(visit, out var file, out var isRefused) is { } damage)
        {
            first ??= damage;
            _problems.Add(damage);
            CorruptionCount++;
            Empty(isRefused ? null : file);
            reset();
        }
        return first;
    }

    /// <summary>Stores a chunk; it can be read at once.</summary>
    /// <param name="seriesRef">The head's reference of the series.</param>
    /// <param name="minTimeMs">Time of the first sample.</param>
    /// <param name="maxTimeMs">Time of the last sample, inclusive.</param>
    /// <param name="encoding">Encoding of <paramref name="data"/>.</param>
    /// <param name="data">The chunk's stream, sample count first.</param>
    /// <param name="isOutOfOrder">Whether the samples arrived out of order.</param>
    /// <returns>Its reference: file number in the high 32 bits, offset in the low 32.</returns>
    /// <exception cref="IOException">A file could not be written; the chunk is not stored, earlier ones stay
    /// readable.</exception>
    public ulong Write(
        ulong seriesRef, long minTimeMs, long maxTimeMs, ChunkEncoding encoding, ReadOnlySpan<byte> data, bool isOutOfOrder)
    {
        var entryBytes = HeadChunkFormat.EntryBytes(data.Length);
        lock (_gate)
        {
            if (_current is null || _isCutDue || _flushedBytes + _buffer.Length + entryBytes > _fileSizeBytes) Cut();
            if (_buffer.Length + entryBytes > _writeBufferBytes) FlushBuffer();
            var reference = HeadChunkFormat.MakeRef(_current!.Number, _flushedBytes + _buffer.Length);
            var entry = new HeadChunkEntry(reference, seriesRef, minTimeMs, maxTimeMs, encoding, isOutOfOrder, 0);
            HeadChunkFormat.WriteEntry(_buffer, in entry, data);
            WrittenCount++;
            return reference;
        }
    }

    /// <summary>Appends a chunk's bytes to <paramref name="into"/>. Safe from any thread.</summary>
    /// <param name="chunkRef">What <see cref="Write"/> returned or <see cref="Load"/> told.</param>
    /// <param name="into">Gets the chunk's stream behind what it holds already.</param>
    /// <param name="entry">What else is known of the chunk.</param>
    /// <returns>False when its file is gone (truncated away).</returns>
    /// <exception cref="InvalidDataException">The chunk is damaged; the text starts with CORRUPT: and names file and
    /// offset.</exception>
    public bool TryRead(ulong chunkRef, ByteBuffer into, out HeadChunkEntry entry)
    {
        var (number, offset) = ((int)(chunkRef >> 32), (long)(uint)chunkRef);
        entry = default;
        lock (_gate)
        {
            if (_current is not null && number == _current.Number && offset >= _flushedBytes)
            {
                if (offset >= _flushedBytes + _buffer.Length) throw Damaged(_current, offset, "the reference is past the end");
                var buffered = _buffer.Written[(int)(offset - _flushedBytes)..];
                Copy(_current, offset, buffered, buffered.Length, chunkRef, into, out entry);
                return true;
            }
        }
        foreach (var file in _files)
        {
            if (file.Number != number) continue;
            try
            {
                ReadFromFile(file, offset, chunkRef, into, out entry);
                return true;
            }
            catch (ObjectDisposedException)
            {
                return false; // Truncated between the look-up and the read.
            }
        }
        return false;
    }

    /// <summary>Deletes the files numbered below <paramref name="file"/>, never the current one. If the current file has
    /// chunks, the next chunk starts a new file, so that time lets this one go too.</summary>
    public void Truncate(int file)
    {
        var kept = new List<HeadChunkFile>();
        lock (_gate)
        {
            var files = _files;
            foreach (var candidate in files)
            {
                if (candidate.Number >= file || candidate == _current) kept.Add(candidate);
            }
            _isCutDue |= _current is not null && _flushedBytes + _buffer.Length > HeadChunkFormat.FileHeaderBytes;
            _files = [.. kept];
            foreach (var candidate in files)
            {
                if (!kept.Contains(candidate)) Delete(candidate);
            }
        }
    }

    /// <summary>Flushes to the device the files that were there when these were opened: a crash may have left some of their bytes
    /// in memory only.</summary>
    /// <exception cref="IOException">The device refused.</exception>
    internal void SyncLoaded()
    {
        foreach (var file in _files)
        {
            if (file.Written is null) _disk.SyncFile(file.Path);
        }
    }

    /// <summary>Whether a file was set aside, by this start or one before: an empty one is in its place.</summary>
    internal bool IsSetAside(int number)
    {
        foreach (var file in _files)
        {
            if (file.Number == number && file.Written is null)
                return RandomAccess.GetLength(file.Handle) == HeadChunkFormat.FileHeaderBytes;
        }
        return false;
    }

    /// <summary>Flushes to the device what was written since these were opened.</summary>
    /// <exception cref="IOException">The device refused.</exception>
    internal void Sync()
    {
        lock (_gate)
        {
            if (_current is not null) Finish(_current); // Those before it were flushed when they ended.
        }
    }

    /// <summary>Writes what is buffered to the file (not to the device).</summary>
    public void Flush()
    {
        lock (_gate) FlushBuffer();
    }

    /// <summary>Flushes to the device and closes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            try
            {
                if (_current is not null) Finish(_current);
            }
            finally
            {
                foreach (var file in _files) file.Dispose();
                _files = [];
                _current = null;
                _buffer.Dispose();
            }
        }
    }

    private string? Walk(Func<HeadChunkEntry, bool> visit, out HeadChunkFile? file, out bool isRefused)
    {
        (file, isRefused) = (null, false);
        foreach (var candidate in _files)
        {
            file = candidate;
            var damage = candidate.Scan(visit, out isRefused);
            if (damage is not null) return damage;
        }
        return null;
    }

    /// <summary>Sets one file aside, or all, with empty ones in their places.</summary>
    private void Empty(HeadChunkFile? only)
    {
        lock (_gate)
        {
            var files = (HeadChunkFile[])_files.Clone();
            for (var i = 0; i < files.Length; i++)
            {
                if (only is not null && files[i] != only) continue;
                files[i].Dispose();
                _setAside.Add(HeadChunkDirectory.Replace(files[i].Path, _disk));
                files[i] = HeadChunkFile.Open(files[i].Number, files[i].Path);
            }
            _disk.SyncDirectory(_directory);
            _files = files;
        }
    }

    private void Delete(HeadChunkFile file)
    {
        file.Dispose();
        _disk.DeleteFile(file.Path);
    }

    private void Cut()
    {
        if (_current is not null) Finish(_current);
        var number = _files is [.., var last] ? last.Number + 1 : 1;
        var path = Path.Combine(_directory, HeadChunkFormat.FileName(number));
        var file = _disk.CreateFile(path);
        try
        {
            Span<byte> header = stackalloc byte[HeadChunkFormat.FileHeaderBytes];
            HeadChunkFormat.WriteFileHeader(header);
            file.SetLength(Math.Min(PreallocatedBytes, _fileSizeBytes));
            file.Write(header, 0);
            _disk.SyncDirectory(_directory);
        }
        catch
        {
            file.Dispose();
            _disk.DeleteFile(path);
            throw;
        }
        _current = new HeadChunkFile(number, path, file.Handle, file);
        _files = [.. _files, _current];
        _flushedBytes = HeadChunkFormat.FileHeaderBytes;
        _isCutDue = false;
    }

    private void Finish(HeadChunkFile file)
    {
        FlushBuffer();
        file.Written!.Sync();
    }

    private void FlushBuffer()
    {
        if (_buffer.Length == 0) return;
        _current!.Written!.Write(_buffer.Written, _flushedBytes);
        _flushedBytes += _buffer.Length;
        _buffer.Clear();
    }

    private static void ReadFromFile(HeadChunkFile file, long offset, ulong chunkRef, ByteBuffer into, out HeadChunkEntry entry)
    {
        var left = RandomAccess.GetLength(file.Handle) - offset;
        if (left < HeadChunkFormat.EntryMinBytes) throw Damaged(file, offset, "the reference is past the end");
        var rented = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        try
        {
            var read = RandomAccess.Read(file.Handle, rented, offset);
            var problem = HeadChunkFormat.ReadFrame(rented.AsSpan(0, read), left, out var frame);
            if (problem is not null) throw Damaged(file, offset, problem);
            if (frame.EntryLength > read)
            {
                ArrayPool<byte>.Shared.Return(rented);
                rented = ArrayPool<byte>.Shared.Rent(frame.EntryLength);
                read = RandomAccess.Read(file.Handle, rented.AsSpan(0, frame.EntryLength), offset);
            }
            Copy(file, offset, rented.AsSpan(0, read), left, chunkRef, into, out entry);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void Copy(
        HeadChunkFile file,
        long offset,
        ReadOnlySpan<byte> bytes,
        long left,
        ulong chunkRef,
        ByteBuffer into,
        out HeadChunkEntry entry)
    {
        var problem = HeadChunkFormat.ReadFrame(bytes, left, out var frame);
        entry = default;
        problem ??= HeadChunkFormat.ReadEntry(bytes, frame, chunkRef, out entry);
        if (problem is not null) throw Damaged(file, offset, problem);
        var data = bytes.Slice(frame.DataOffset, frame.DataLength);
        var stored = HeadChunkFormat.StoredEncoding(bytes);
        if (!LaterEncodings.Includes(stored)) into.Write(data);
        else if (!LaterEncodings.TryConvert(data, stored, into)) throw Damaged(file, offset, "the chunk's samples end early");
    }

    private static InvalidDataException Damaged(HeadChunkFile file, long offset, string problem) => new(file.At(offset, problem));
}
