using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Moves complete chunks from memory to the chunks_head files, once a second and at close.</summary>
/// <remarks>
/// Appends never wait for the disk: a chunk is copied under its stripe's lock, written without it, and its memory freed under it
/// again. When the files cannot be written the chunks stay in memory and the next pass tries again; the log has them anyway. One
/// pass at a time.
/// </remarks>
internal sealed class HeadChunkSaver(TsdbHead head, HeadChunkFiles files) : IDisposable
{
    private readonly ByteBuffer _bytes = new();
    private readonly List<Pending> _pending = [];

    /// <summary>Writes every complete chunk that is in memory only.</summary>
    /// <exception cref="IOException">The files cannot be written; what was not written stays in memory.</exception>
    public void SaveAll()
    {
        var series = head.Series;
        for (var group = 0u; group < series.GroupsCount; group++)
        {
            if (!series.TakeUnwritten(group)) continue;
            var (first, end) = series.GroupRange(group);
            for (var index = first; index < end; index++) Save(index);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private void Save(uint index)
    {
        Collect(index);
        for (var i = _pending.Count - 1; i >= 0; i--) // Oldest first: the list goes from newest to oldest.
        {
            var pending = _pending[i];
            ulong fileRef;
            try
            {
                fileRef = files.Write(
                    pending.SeriesRef, pending.MinTimeMs, pending.MaxTimeMs, pending.Encoding,
                    _bytes.Written.Slice(pending.Offset, pending.LengthBytes), isOutOfOrder: false);
            }
            catch (IOException)
            {
                head.Series.MarkUnwritten(index);
                throw;
            }
            Settle(index, pending.Chunk, fileRef);
        }
    }

    private void Collect(uint index)
    {
        _pending.Clear();
        _bytes.Clear();
        var series = head.Series;
        lock (series.StripeOf(index))
        {
            ref var cold = ref series.Cold[index];
            // Start-up may have put chunks of files in front of one in memory.
            for (var at = cold.NewestChunk; _pending.Count < cold.UnwrittenChunks; at = series.Full[at].Older)
            {
                ref var chunk = ref series.Full[at];
                if (chunk.FileRef != 0) continue;
                var offset = _bytes.Length;
                var length = series.CopyFull(at, _bytes);
                _pending.Add(new Pending(at, cold.Ref, chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, offset, length));
            }
        }
    }

    private void Settle(uint index, uint at, ulong fileRef)
    {
        var series = head.Series;
        lock (series.StripeOf(index))
        {
            ref var chunk = ref series.Full[at];
            series.FreeBytes(at);
            chunk.FileRef = fileRef;
            series.Cold[index].UnwrittenChunks--;
        }
        Interlocked.Increment(ref head.Counters.ChunksWritten);
    }

    private readonly record struct Pending(uint Chunk, ulong SeriesRef, long MinTimeMs, long MaxTimeMs,
        ChunkEncoding Encoding, int Offset, int LengthBytes);
}
