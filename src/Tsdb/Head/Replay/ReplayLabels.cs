using System.Buffers;
using System.Runtime.InteropServices;

namespace Tsdb.Head.Replay;

/// <summary>Writes the labels of new series into the head's index, on a thread of its own.</summary>
/// <remarks>Series get their labels in the order in which they were created, so the index does not depend on threads. Nothing
/// else may touch the index before <see cref="Drain"/>; samples and references of a series need no labels.</remarks>
internal sealed class ReplayLabels : IDisposable
{
    private readonly TsdbHead _head;
    private readonly ReplayLane<LabelBatch>? _lane;

    /// <summary>Starts the thread.</summary>
    /// <param name="head">Whose index it is.</param>
    /// <param name="isThreaded">Otherwise labels are written when they are added.</param>
    public ReplayLabels(TsdbHead head, bool isThreaded)
    {
        _head = head;
        if (isThreaded) _lane = new ReplayLane<LabelBatch>(Apply, "replay labels");
    }

    /// <summary>Takes the labels of the series that was created last.</summary>
    public void Add(uint index, ReadOnlySpan<byte> encodedLabels)
    {
        if (_lane is null)
        {
            _head.Index.Add(ref _head.Series.Cold[index], index, encodedLabels);
            return;
        }
        _lane.Filling.Add(index, encodedLabels);
        if (_lane.Filling.IsFull) _lane.Submit();
    }

    /// <summary>Waits until every series has its labels.</summary>
    public void Drain() => _lane?.Drain();

    /// <summary>Stops the thread.</summary>
    public void Dispose() => _lane?.Dispose();

    private int Apply(LabelBatch batch)
    {
        var from = 0;
        foreach (var (index, end) in batch.Series)
        {
            _head.Index.Add(ref _head.Series.Cold[index], index, batch.Bytes[from..end]);
            from = end;
        }
        return 0;
    }

    /// <summary>Labels of some hundred series.</summary>
    private sealed class LabelBatch : IReplayBatch
    {
        /// <summary>Filled beyond this it is handed on.</summary>
        private const int FullBytes = 128 << 10;

        /// <summary>What the last series may have on top; with more the batch grows.</summary>
        private const int RoomBytes = 4 << 10;

        private readonly ArrayBufferWriter<byte> _bytes = new(FullBytes + RoomBytes);
        private readonly List<(uint Index, int End)> _series = [];

        public int Count => _series.Count;

        public bool IsFull => _bytes.WrittenCount >= FullBytes;

        public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

        public ReadOnlySpan<(uint Index, int End)> Series => CollectionsMarshal.AsSpan(_series);

        public void Add(uint index, ReadOnlySpan<byte> encodedLabels)
        {
            _bytes.Write(encodedLabels);
            _series.Add((index, _bytes.WrittenCount));
        }

        public void Clear()
        {
            _bytes.ResetWrittenCount();
            _series.Clear();
        }
    }
}
