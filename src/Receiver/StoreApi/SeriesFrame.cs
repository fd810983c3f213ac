using Hashring;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Receiver.StoreApi;

/// <summary>Writes thanos.SeriesResponse by hand: one series, or a batch of them.</summary>
/// <remarks>
/// A series whose chunks exceed the budget is split into several messages that repeat its labels. Hashes are XXH64 of the chunk's
/// bytes; Query drops chunks of equal hash, so none is better than a wrong one. Layout: docs/formats/storeapi.md.
/// </remarks>
internal sealed class SeriesFrame(int batchSize) : IDisposable
{
    // Upstream's budget for one Series message, exceeded by at most one chunk; also where a batch is sent before it is full.
    private const int BudgetBytes = 1 << 20;

    // Room in front for the outermost tag and length.
    private const int PrefixBytes = 1 + Varint.LengthMax;

    private const byte SeriesTag = 0x0a; // SeriesResponse.series, SeriesBatch.series, Series.labels and Label.name: field 1.
    private const byte WarningTag = 0x12; // SeriesResponse.warning, Series.chunks, Chunk.data and Label.value: field 2.
    private const byte BatchTag = 0x22; // SeriesResponse.batch: field 4.
    private const byte MinTimeTag = 0x08;
    private const byte MaxTimeTag = 0x10;
    private const byte RawTag = 0x1a;
    private const byte TypeTag = 0x08;
    private const byte HashTag = 0x18;

    private readonly ByteBuffer _bytes = new(64 << 10);
    private ulong[] _hashes = new ulong[64];

    /// <summary>Whether several series share a frame.</summary>
    private bool IsBatched => batchSize > 1;

    /// <summary>Series messages in the frame.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>Chunks in the frame.</summary>
    public int ChunkCount { get; private set; }

    /// <summary>Whether the frame is to be sent before anything else is added.</summary>
    public bool IsDue => SeriesCount > 0 && (!IsBatched || SeriesCount >= batchSize || _bytes.Length >= BudgetBytes);

    /// <summary>Adds one Series message with as many chunks as fit.</summary>
    /// <param name="item">The series.</param>
    /// <param name="firstChunk">Where the message before ended; 0 at first.</param>
    /// <returns>The first chunk that did not fit; the number of chunks when all did.</returns>
    public int Append(SeriesItem item, int firstChunk)
    {
        if (SeriesCount == 0) Begin();
        long size = 0, budget = BudgetBytes;
        var labels = new LabelEnumerator(item.Labels);
        while (labels.MoveNext())
        {
            var label = LabelSize(labels.Current);
            size += FieldSize(label);
            budget -= label;
        }
        var end = firstChunk;
        while (end < item.ChunkCount && (end == firstChunk || budget > 0))
        {
            var chunk = item.Chunk(end);
            var hash = XxHash64.Compute(chunk.Data.Span);
            if (end - firstChunk == _hashes.Length) Array.Resize(ref _hashes, _hashes.Length * 2);
            _hashes[end++ - firstChunk] = hash;
            var length = AggregateSize(chunk, ChunkSize(chunk, hash));
            size += FieldSize(length);
            budget -= length;
        }
        Write(item, firstChunk, end, size);
        SeriesCount++;
        ChunkCount += end - firstChunk;
        return end;
    }

    /// <summary>Finishes the frame and forgets it.</summary>
    /// <returns>The encoded SeriesResponse, valid until the next call.</returns>
    public ReadOnlyMemory<byte> Take()
    {
        var tag = IsBatched ? BatchTag : SeriesTag;
        var bytes = _bytes.WrittenMemory;
        var length = (ulong)(bytes.Length - PrefixBytes);
        var start = PrefixBytes - 1 - Varint.Length(length);
        bytes.Span[start] = tag;
        Varint.Write(bytes.Span[(start + 1)..], length);
        SeriesCount = 0;
        ChunkCount = 0;
        return bytes[start..];
    }

    /// <summary>Encodes a frame with a warning; the frame being built must have been taken.</summary>
    public ReadOnlyMemory<byte> Warning(string text)
    {
        _bytes.Clear();
        _bytes.WriteByte(WarningTag);
        _bytes.WriteString(System.Text.Encoding.UTF8.GetBytes(text));
        return _bytes.WrittenMemory;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void Begin()
    {
        _bytes.Clear();
        _bytes.GetSpan(PrefixBytes);
        _bytes.Advance(PrefixBytes);
    }

    private void Write(SeriesItem item, int firstChunk, int end, long size)
    {
        if (IsBatched) WriteHeader(SeriesTag, size);
        var labels = new LabelEnumerator(item.Labels);
        while (labels.MoveNext())
        {
            WriteHeader(SeriesTag, LabelSize(labels.Current));
            WriteBytes(SeriesTag, labels.Current.Name);
            WriteBytes(WarningTag, labels.Current.Value);
        }
        for (var i = firstChunk; i < end; i++) WriteChunk(item.Chunk(i), _hashes[i - firstChunk]);
    }

    private void WriteChunk(in ChunkView chunk, ulong hash)
    {
        var size = ChunkSize(chunk, hash);
        WriteHeader(WarningTag, AggregateSize(chunk, size));
        WriteNumber(MinTimeTag, (ulong)chunk.MinTimeMs);
        WriteNumber(MaxTimeTag, (ulong)chunk.MaxTimeMs);
        WriteHeader(RawTag, size);
        WriteNumber(TypeTag, Type(chunk));
        WriteBytes(WarningTag, chunk.Data.Span);
        WriteNumber(HashTag, hash);
    }

    private void WriteHeader(byte tag, long size)
    {
        _bytes.WriteByte(tag);
        _bytes.WriteUvarint((ulong)size);
    }

    private void WriteNumber(byte tag, ulong value)
    {
        if (value == 0) return;
        _bytes.WriteByte(tag);
        _bytes.WriteUvarint(value);
    }

    private void WriteBytes(byte tag, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _bytes.WriteByte(tag);
        _bytes.WriteString(bytes);
    }

    // The StoreAPI counts encodings from 0, files from 1.
    private static ulong Type(in ChunkView chunk) => (ulong)chunk.Encoding - 1;

    private static long LabelSize(in LabelView label) => BytesSize(label.Name) + BytesSize(label.Value);

    private static long ChunkSize(in ChunkView chunk, ulong hash) =>
        NumberSize(Type(chunk)) + BytesSize(chunk.Data.Span) + NumberSize(hash);

    private static long AggregateSize(in ChunkView chunk, long chunkSize) =>
        NumberSize((ulong)chunk.MinTimeMs) + NumberSize((ulong)chunk.MaxTimeMs) + FieldSize(chunkSize);

    private static long FieldSize(long size) => 1 + Varint.Length((ulong)size) + size;

    private static long BytesSize(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : FieldSize(bytes.Length);

    private static long NumberSize(ulong value) => value == 0 ? 0 : 1 + Varint.Length(value);
}
