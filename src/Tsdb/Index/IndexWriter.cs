using System.Text;
using Tsdb.Files;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Index;

/// <summary>Writes the index file of a block: all symbols first, then series in label order, then <see cref="Finish"/>.</summary>
/// <remarks>
/// Memory: the symbols, about 24 bytes a distinct label, 4 bytes a series, and <see cref="PostingsWriter.BatchRefs"/> references;
/// never the series or the postings as a whole. Layout: docs/formats/block.md.
/// </remarks>
internal sealed class IndexWriter : IDisposable
{
    private readonly SectionWriter _file;
    private readonly SymbolIndex _symbols = new();
    private readonly PairTable _pairs = new();
    private readonly List<uint> _series = [];
    private readonly ByteBuffer _body = new();
    private readonly ByteBuffer _lastLabels = new();
    private readonly ulong _symbolsEnd;
    private readonly int _batchRefs;
    private ulong _lastChunkRef;

    /// <summary>Creates the file and writes its symbol table.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="symbols">Every label name and value of every series, ascending by bytes, unique; more are allowed.</param>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public IndexWriter(string path, IEnumerable<ReadOnlyMemory<byte>> symbols)
        : this(path, symbols, RealDisk.Instance)
    {
    }

    internal IndexWriter(
        string path, IEnumerable<ReadOnlyMemory<byte>> symbols, IDisk disk, int batchRefs = PostingsWriter.BatchRefs)
    {
        _batchRefs = batchRefs;
        foreach (var symbol in symbols) _symbols.Add(symbol.Span);
        _file = new SectionWriter(path, disk);
        try
        {
            _file.Buffer.WriteUInt32(IndexFormat.Magic);
            _file.Buffer.WriteByte(2); // Format version.
            WriteSymbols();
            _symbolsEnd = (ulong)_file.Position;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Series written so far.</summary>
    public int SeriesCount => _series.Count;

    /// <summary>Bytes of the file so far.</summary>
    public long SizeBytes => _file.Position;

    /// <summary>Appends a series.</summary>
    /// <param name="encodedLabels">Its labels in the sub-format of <see cref="LabelSet.Encoded"/>; sorts behind the series
    /// before.</param>
    /// <param name="chunks">Its chunks in time order, not overlapping, references ascending across the file; at least
    /// one.</param>
    /// <returns>Its reference: offset / 16.</returns>
    /// <exception cref="InvalidOperationException">An order is violated or a symbol is missing: a bug of the caller.</exception>
    public uint AddSeries(ReadOnlySpan<byte> encodedLabels, ReadOnlySpan<ChunkMeta> chunks)
    {
        if (_series.Count > 0 && IndexFormat.CompareLabels(_lastLabels.Written, encodedLabels) >= 0)
            throw new InvalidOperationException($"BUG: out-of-order series {LabelSet.FromEncoded(encodedLabels)}");
        _body.Clear();
        WriteLabels(encodedLabels);
        WriteChunks(chunks);
        _file.Align(IndexFormat.SeriesAlignmentBytes);
        var reference = _file.Position / IndexFormat.SeriesAlignmentBytes;
        if (reference > uint.MaxValue) throw new InvalidOperationException("index exceeds the 64 GiB its references reach");
        _file.Buffer.WriteUvarint((ulong)_body.Length);
        _file.Buffer.Write(_body.Written);
        _file.Buffer.WriteUInt32(Crc32C.Compute(_body.Written));
        _file.Settle();
        _series.Add((uint)reference);
        _lastLabels.Clear();
        _lastLabels.Write(encodedLabels);
        return (uint)reference;
    }

    /// <summary>Writes postings and the table of contents and flushes to the device.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Finish()
    {
        var seriesEnd = (ulong)_file.Position;
        var postings = new PostingsWriter(_file, _symbols, _pairs, _series, _batchRefs);
        var table = (ulong)postings.Write();
        new IndexToc(IndexFormat.HeaderBytes, _symbolsEnd, seriesEnd, table, seriesEnd, table).Write(_file.Buffer);
        _file.Finish();
    }

    /// <summary>Closes the file; without <see cref="Finish"/> before, it is incomplete.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _body.Dispose();
        _lastLabels.Dispose();
    }

    private void WriteSymbols()
    {
        var length = sizeof(uint) + _symbols.EncodedBytes;
        if (length > uint.MaxValue) throw new InvalidOperationException($"symbol table size exceeds 4294967295 bytes: {length}");
        _file.Buffer.WriteUInt32((uint)length);
        _file.BeginChecksum();
        _file.Buffer.WriteUInt32((uint)_symbols.Count);
        foreach (var run in _symbols.EncodedRuns())
        {
            _file.Buffer.Write(run.Span);
            _file.Settle();
        }
        _file.EndChecksum();
    }

    private void WriteLabels(ReadOnlySpan<byte> encodedLabels)
    {
        Varint.Read(encodedLabels, out var count);
        _body.WriteUvarint(count);
        foreach (var label in new LabelSpan(encodedLabels))
        {
            var name = Find(label.Name);
            var value = Find(label.Value);
            _pairs.Increment(PairTable.Pair(name, value));
            _body.WriteUvarint(name);
            _body.WriteUvarint(value);
            count--;
        }
        if (count != 0) throw new InvalidOperationException("BUG: label set is not encoded as its count says");
    }

    private uint Find(ReadOnlySpan<byte> symbol)
    {
        if (_symbols.TryFind(symbol, out var index)) return index;
        throw new InvalidOperationException($"BUG: symbol entry for \"{Encoding.UTF8.GetString(symbol)}\" does not exist");
    }

    private void WriteChunks(ReadOnlySpan<ChunkMeta> chunks)
    {
        _body.WriteUvarint((ulong)chunks.Length);
        for (var i = 0; i < chunks.Length; i++)
        {
            var chunk = chunks[i];
            var follows = i == 0 || chunk.MinTimeMs > chunks[i - 1].MaxTimeMs;
            if (!follows || chunk.MaxTimeMs < chunk.MinTimeMs || chunk.ChunkRef < _lastChunkRef)
                throw new InvalidOperationException($"BUG: chunk {chunk} is out of order");
            if (i == 0) _body.WriteVarint(chunk.MinTimeMs);
            else _body.WriteUvarint((ulong)(chunk.MinTimeMs - chunks[i - 1].MaxTimeMs));
            _body.WriteUvarint((ulong)(chunk.MaxTimeMs - chunk.MinTimeMs));
            if (i == 0) _body.WriteUvarint(chunk.ChunkRef);
            else _body.WriteVarint((long)(chunk.ChunkRef - chunks[i - 1].ChunkRef));
            _lastChunkRef = chunk.ChunkRef;
        }
    }

    /// <summary>Lets a foreach walk encoded labels.</summary>
    private readonly ref struct LabelSpan(ReadOnlySpan<byte> encoded)
    {
        private readonly ReadOnlySpan<byte> _encoded = encoded;

        public LabelEnumerator GetEnumerator() => new(_encoded);
    }
}
