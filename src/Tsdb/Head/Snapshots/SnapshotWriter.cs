using System.Buffers.Binary;
using Tsdb.Chunks;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Head.Snapshots;

/// <summary>Writes what a closed head has only in memory, so that the next start need not read the log.</summary>
/// <remarks>
/// The log is closed and every complete chunk is in the files: what is left are labels, open chunks, deletions and exemplars.
/// It appears whole, under its name, or not at all. Layout: docs/formats/head.md, "Memory snapshot".
/// </remarks>
internal sealed class SnapshotWriter(TsdbHead head) : IDisposable
{
    /// <summary>Staged records are handed over whenever they exceed 1 MiB, which bounds the memory a snapshot needs.</summary>
    private const int FlushBytes = 1 << 20;

    /// <summary>Exemplars of a record, as many as upstream's.</summary>
    private const int ExemplarsPerRecord = 10_000;

    private readonly ByteBuffer _record = new();
    private readonly HistogramSample _histogram = new();

    /// <summary>Writes the snapshot that ends at a position of the log, unless there is one; deletes older ones.</summary>
    /// <exception cref="IOException">It could not be written; none was added.</exception>
    public void Write(DatabaseOptions options, SnapshotPosition end)
    {
        var path = SnapshotDirectory.PathOf(options.Directory, end);
        if (Directory.Exists(path)) return;
        var temporary = path + SnapshotRecord.TemporarySuffix;
        options.Disk.DeleteDirectory(temporary);
        try
        {
            var compression = options.WalCompression ? RecordCompression.Snappy : RecordCompression.None;
            using (var writer = new SegmentWriter(temporary, options.WalSegmentSizeBytes, compression, disk: options.Disk))
            {
                WriteSeries(writer);
                WriteTombstones(writer);
                WriteExemplars(writer);
                writer.Flush();
            }
            options.Disk.SyncDirectory(temporary);
            options.Disk.Rename(temporary, path);
            options.Disk.SyncDirectory(options.Directory);
        }
        catch
        {
            options.Disk.DeleteDirectory(temporary);
            throw;
        }
        SnapshotDirectory.DeleteBefore(options.Directory, end, options.Disk);
    }

    /// <inheritdoc/>
    public void Dispose() => _record.Dispose();

    private void WriteSeries(SegmentWriter writer)
    {
        long staged = 0;
        var others = OthersByOwn();
        for (var index = 0u; index < head.Series.Cold.End; index++)
        {
            var own = head.Series.Cold[index].Ref;
            if (own == 0) continue;
            if (others.TryGetValue(own, out var references))
            {
                // Chunks in files come first, in the order in which a log would bring them.
                foreach (var reference in (IEnumerable<ulong>)[own, .. references])
                {
                    EncodeLabels(index, reference);
                    _record.WriteUvarint(0);
                    writer.Append(_record.Written);
                    staged += _record.Length;
                }
            }
            EncodeSeries(index);
            writer.Append(_record.Written);
            staged += _record.Length;
            if (staged <= FlushBytes) continue;
            writer.Flush();
            staged = 0;
        }
    }

    /// <summary>Other references of series that log and files may mention, by the series' own.</summary>
    private Dictionary<ulong, List<ulong>> OthersByOwn()
    {
        var others = new Dictionary<ulong, List<ulong>>();
        foreach (var (other, own) in head.OtherRefs)
        {
            if (!others.TryGetValue(own, out var references)) others.Add(own, references = []);
            references.Add(other);
        }
        return others;
    }

    private void EncodeLabels(uint index, ulong reference, long newestMs = 0)
    {
        _record.Clear();
        _record.WriteByte(SnapshotRecord.Series);
        _record.WriteUInt64(reference);
        head.Index.WriteLabels(head.Series.Cold[index], _record);
        _record.WriteUInt64((ulong)newestMs); // Once the chunk range; no other program looks at it.
    }

    private void EncodeSeries(uint index)
    {
        ref var hot = ref head.Series.Hot[index];
        ref var cold = ref head.Series.Cold[index];
        // All of it may be in files. What the log has behind the snapshot and is not newer came out of order.
        EncodeLabels(index, cold.Ref, hot.HasAnyChunk || cold.NewestChunk == FullChunks.None ? 0 : hot.LastTimestampMs);
        _record.WriteUvarint(hot.HasAnyChunk ? 1u : 0u);
        if (!hot.HasAnyChunk) return;
        _record.WriteUInt64((ulong)hot.ChunkMinTimeMs);
        _record.WriteUInt64((ulong)hot.LastTimestampMs);
        if (hot.HasChunk) EncodeFloats(in hot, in cold);
        else EncodeHistograms(head.Series.Histograms.Of(index));
    }

    private void EncodeFloats(in MemSeries hot, in ColdSeries cold)
    {
        var length = hot.Tail.LengthBytes;
        _record.WriteByte((byte)ChunkEncoding.Xor);
        _record.WriteUvarint((ulong)length);
        var bytes = _record.GetSpan(length)[..length];
        head.Series.Blocks.CopyTo(cold.FirstBlock, bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes, hot.SampleCount);
        _record.Advance(length);
        // The last four samples are kept in a ring upstream; only the newest is looked at.
        for (var i = 0; i < SnapshotRecord.RingWords - 1; i++) _record.WriteUInt64(0);
        _record.WriteUInt64(hot.LastValueBits);
    }

    private void EncodeHistograms(OpenHistograms open)
    {
        _record.WriteByte((byte)open.Chunk!.Encoding);
        _record.WriteUvarint((ulong)open.Chunk.LengthBytes);
        _record.Write(open.Chunk.Bytes);
        open.CopyNewest(_histogram);
        HistogramsRecord.WriteContent(_record, _histogram);
    }

    private void WriteTombstones(SegmentWriter writer)
    {
        using var entries = new ByteBuffer();
        entries.WriteByte(SnapshotRecord.TombstonesVersion);
        for (var index = 0u; index < head.Series.Cold.End; index++)
        {
            if (head.Series.Cold[index].Ref == 0) continue;
            foreach (var range in head.Tombstones.Find(index))
            {
                entries.WriteUvarint(head.Series.Cold[index].Ref);
                entries.WriteVarint(range.MinTimeMs);
                entries.WriteVarint(range.MaxTimeMs);
            }
        }
        // The log knows series that the snapshot does not: their references must not be given out again.
        entries.WriteUvarint(head.LastRef + 1);
        entries.WriteVarint(SnapshotRecord.NothingMinMs);
        entries.WriteVarint(SnapshotRecord.NothingMaxMs);
        _record.Clear();
        _record.WriteByte(SnapshotRecord.Tombstones);
        _record.WriteUvarint((ulong)entries.Length);
        _record.Write(entries.Written);
        writer.Append(_record.Written);
    }

    private void WriteExemplars(SegmentWriter writer)
    {
        var count = 0;
        ExemplarsRecord entries = default;
        _record.Clear();
        foreach (var (key, exemplar) in head.Exemplars.All())
        {
            var index = head.Table.Find(key);
            if (index == AppendItem.NoSeries) continue;
            var reference = head.Series.Cold[index].Ref;
            if (count++ % ExemplarsPerRecord == 0)
            {
                Append(writer);
                entries = ExemplarsRecord.Begin(_record, reference, exemplar.TimestampMs);
            }
            entries.Add(reference, exemplar.TimestampMs, exemplar.ValueBits, exemplar.Labels.Encoded);
        }
        Append(writer);
    }

    /// <summary>Ends a record of exemplars; its content is that of the log's, its type is not.</summary>
    private void Append(SegmentWriter writer)
    {
        if (_record.Length == 0) return;
        _record.WrittenMemory.Span[0] = SnapshotRecord.Exemplars;
        writer.Append(_record.Written);
        _record.Clear();
    }
}
