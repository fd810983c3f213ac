using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Queries;

/// <summary>Merges the chunks that several readers have of one series, choosing among samples of one time as upstream
/// does.</summary>
/// <remarks>
/// As <see cref="SampleChain"/>, but a reader stays at work from one of its chunks to the next. A chunk that overlaps no other is
/// not decoded.
/// </remarks>
internal sealed class SeriesChain
{
    private readonly List<Reader> _readers = [];
    private readonly BinaryHeap<Reader> _heap = new(static (a, b) => a.TimestampMs < b.TimestampMs);
    private readonly List<ChunkSample> _samples = [];

    /// <summary>Merges chunks.</summary>
    /// <param name="chunks">Ascending by first time, with the reader each comes from and the group of chunks that it overlaps;
    /// groups ascend, a chunk that overlaps no other has the group -1.</param>
    /// <param name="into">Gets the merged chunks.</param>
    /// <exception cref="InvalidDataException">A chunk is malformed.</exception>
    public void Merge(ReadOnlySpan<(ChunkView Chunk, int Reader, int Group)> chunks, List<ChunkView> into)
    {
        Open(chunks);
        var (current, last, group) = (_readers[0], long.MinValue, -1);
        while (TryStep(ref current, last))
        {
            var chunk = current.Chunk;
            if (chunk.Group != group || chunk.Group < 0) Flush(into);
            group = chunk.Group;
            if (group < 0)
            {
                into.Add(chunk.View);
                last = chunk.View.MaxTimeMs;
                continue;
            }
            _samples.Add(current.Sample);
            last = current.TimestampMs;
        }
        Flush(into);
    }

    private void Open(ReadOnlySpan<(ChunkView Chunk, int Reader, int Group)> chunks)
    {
        _readers.Clear();
        _heap.Clear();
        foreach (var (chunk, reader, group) in chunks)
        {
            while (_readers.Count <= reader) _readers.Add(new Reader());
            _readers[reader].Add(chunk, group);
        }
        for (var i = 1; i < _readers.Count; i++)
        {
            if (_readers[i].MoveNext()) _heap.Push(_readers[i]);
        }
    }

    /// <summary>Steps to the next sample, or whole chunk, later than the last one; false at the end of all.</summary>
    private bool TryStep(ref Reader current, long last)
    {
        while (true)
        {
            if (current.MoveNext())
            {
                if (current.TimestampMs == last) continue;
                if (_heap.Count == 0 || current.TimestampMs < _heap.First.TimestampMs) return true;
                _heap.Push(current);
            }
            else if (_heap.Count == 0)
            {
                return false;
            }
            current = _heap.Pop();
            if (current.TimestampMs != last) return true;
        }
    }

    private void Flush(List<ChunkView> into)
    {
        SampleEncoder.Encode(CollectionsMarshal.AsSpan(_samples), into);
        _samples.Clear();
    }

    /// <summary>Walks the chunks that come from one place.</summary>
    private sealed class Reader
    {
        private readonly List<(ChunkView View, int Group)> _chunks = [];
        private ChunkSample[] _samples = [];
        private int _chunk = -1;
        private int _at;

        /// <summary>Time of the sample at the position, or of the first one of a chunk that overlaps no other.</summary>
        public long TimestampMs { get; private set; }

        /// <summary>The chunk at the position.</summary>
        public (ChunkView View, int Group) Chunk => _chunks[_chunk];

        /// <summary>The sample at the position.</summary>
        public ChunkSample Sample => _samples[_at];

        public void Add(in ChunkView chunk, int group) => _chunks.Add((chunk, group));

        public bool MoveNext()
        {
            while (++_at >= _samples.Length)
            {
                if (++_chunk == _chunks.Count) return false;
                var (view, group) = _chunks[_chunk];
                (_samples, _at) = ([], -1);
                TimestampMs = view.MinTimeMs;
                if (group < 0) return true;
                _samples = ChunkSamples.Decode(in view);
            }
            TimestampMs = _samples[_at].TimestampMs;
            return true;
        }
    }
}
