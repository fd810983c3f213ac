using Tsdb.Chunks;
using Tsdb.Files;
using Tsdb.Index;
using Tsdb.Memory;

namespace Tsdb.Blocks;

/// <summary>An open block. Readers hold a lease; a retired block closes when the last lease ends.</summary>
public sealed class BlockReader : IDisposable
{
    private readonly ChunkSegmentReader _chunks;
    private volatile BlockMeta _meta; // Replaced as a whole, as is the next one.
    private volatile Tombstones _tombstones;
    private readonly Lock _gate = new(); // Guards the lease count and retirement; nothing else is called under it.
    private int _leases;
    private bool _isRetired;
    private Action? _whenUnused;

    private BlockReader(string directory, BlockMeta meta, IndexReader index, ChunkSegmentReader chunks, Tombstones tombstones)
    {
        Directory = directory;
        _meta = meta;
        Index = index;
        _chunks = chunks;
        _tombstones = tombstones;
    }

    /// <summary>The block's directory.</summary>
    public string Directory { get; }

    /// <summary>What its <c>meta.json</c> says.</summary>
    public BlockMeta Meta => _meta;

    /// <summary>Its index. Hold a lease while using it.</summary>
    internal IndexReader Index { get; }

    /// <summary>Its deletions.</summary>
    internal Tombstones Tombstones => _tombstones;

    /// <summary>Bytes of index and chunk files.</summary>
    public long SizeBytes => Index.SizeBytes + _chunks.SizeBytes;

    /// <summary>Bytes on the heap that finding symbols needs.</summary>
    public long SymbolTableSizeBytes => Index.SymbolTableSizeBytes;

    /// <summary>Opens a block.</summary>
    /// <param name="directory">The block's own directory, named by its ULID.</param>
    /// <exception cref="InvalidDataException">A part is damaged; the text starts with CORRUPT: and names path and
    /// offset.</exception>
    /// <exception cref="IOException">A part is missing or cannot be read.</exception>
    public static BlockReader Open(string directory)
    {
        var meta = BlockMeta.Load(directory);
        var tombstones = Tombstones.Load(directory);
        var chunks = new ChunkSegmentReader(Path.Combine(directory, ChunkSegmentFormat.DirectoryName));
        try
        {
            var index = IndexReader.Open(Path.Combine(directory, BlockWriter.IndexFileName));
            return new BlockReader(directory, meta, index, chunks, tombstones);
        }
        catch
        {
            chunks.Dispose();
            throw;
        }
    }

    /// <summary>Begins reading.</summary>
    /// <returns>Null when the block has been retired.</returns>
    internal BlockLease? TryLease()
    {
        lock (_gate)
        {
            if (_isRetired) return null;
            _leases++;
            return new BlockLease(this);
        }
    }

    /// <summary>Appends one chunk's stream to <paramref name="into"/>. Hold a lease.</summary>
    /// <param name="chunkRef">Reference from the index.</param>
    /// <param name="into">Gets the chunk behind what it holds already.</param>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    internal ChunkEncoding ReadChunk(ulong chunkRef, ByteBuffer into)
    {
        var start = into.Length;
        var encoding = _chunks.Read(chunkRef, into);
        if (encoding is ChunkEncoding.Xor or ChunkEncoding.Histogram or ChunkEncoding.FloatHistogram) return encoding;
        if (!LaterEncodings.IsKnown(encoding))
            throw Damaged(chunkRef, $"invalid chunk encoding \"{(byte)encoding}\"");
        var stored = into.Written[start..].ToArray(); // Rare: only blocks of later versions have such chunks.
        into.Truncate(start);
        if (!LaterEncodings.TryConvert(stored, encoding, into)) throw Damaged(chunkRef, "it ends early");
        return LaterEncodings.Plain(encoding);
    }

    /// <summary>Reads chunks into one buffer and shows them as views. Hold a lease.</summary>
    /// <param name="metas">Chunks as the index gave them.</param>
    /// <param name="into">Replaced by their streams.</param>
    /// <param name="views">Replaced by a view each, valid until <paramref name="into"/> changes.</param>
    /// <exception cref="InvalidDataException">A chunk is damaged.</exception>
    internal void ReadChunks(ReadOnlySpan<ChunkMeta> metas, ByteBuffer into, List<ChunkView> views)
    {
        into.Clear();
        views.Clear();
        foreach (var meta in metas)
        {
            var encoding = ReadChunk(meta.ChunkRef, into);
            // The end of the chunk is kept where its data will be: growth may move the buffer until all are read.
            views.Add(new ChunkView(meta.MinTimeMs, meta.MaxTimeMs, encoding, into.WrittenMemory));
        }
        var start = 0;
        for (var i = 0; i < views.Count; i++)
        {
            var end = views[i].Data.Length;
            views[i] = views[i] with { Data = into.WrittenMemory[start..end] };
            start = end;
        }
    }

    /// <summary>Deletes samples: durably in the block's files, then for every read that asks from now on.</summary>
    /// <remarks>One caller at a time. Between the two files the number in <c>meta.json</c> may be too low, which only delays a
    /// clean-up.</remarks>
    /// <exception cref="IOException">A file could not be written; the deletion may or may not be seen after a restart, and can be
    /// repeated.</exception>
    internal void Delete(IEnumerable<(ulong SeriesRef, DeletedRange Range)> added, IDisk disk)
    {
        var tombstones = _tombstones.With(added);
        var meta = _meta with { Stats = _meta.Stats with { TombstoneCount = tombstones.RangesCount } };
        AtomicFile.Write(Path.Combine(Directory, Tombstones.FileName), tombstones.Encode(), disk);
        disk.SyncDirectory(Directory);
        _tombstones = tombstones;
        meta.Save(Directory, disk);
        disk.SyncDirectory(Directory);
        _meta = meta;
    }

    /// <summary>Refuses new leases, and closes the files once the last lease has ended: now or later, on the thread that ends
    /// it.</summary>
    /// <param name="whenUnused">Called once after closing, such as to delete the directory; exceptions reach whoever ended
    /// the last lease.</param>
    internal void Retire(Action? whenUnused = null)
    {
        lock (_gate)
        {
            if (_isRetired) return;
            _isRetired = true;
            _whenUnused = whenUnused;
            if (_leases > 0) return;
        }
        Close();
    }

    /// <inheritdoc/>
    public void Dispose() => Retire();

    internal void Release()
    {
        lock (_gate)
        {
            if (--_leases > 0 || !_isRetired) return;
        }
        Close();
    }

    private InvalidDataException Damaged(ulong chunkRef, string problem) =>
        new($"CORRUPT: {Directory} chunk {chunkRef:x}: {problem}");

    private void Close()
    {
        Index.Dispose();
        _chunks.Dispose();
        _whenUnused?.Invoke();
    }
}
