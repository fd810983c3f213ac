using System.Runtime.InteropServices;
using Tsdb.Chunks;

namespace Tsdb.Head.Replay;

/// <summary>One sample on its way from the log to its series: 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReplayItem
{
    /// <summary>Value of <see cref="Histogram"/> for a float.</summary>
    public const int Float = -1;

    /// <summary>Unix milliseconds.</summary>
    public long TimestampMs;

    /// <summary>Bits of a float.</summary>
    public ulong ValueBits;

    /// <summary>The series' slot.</summary>
    public uint Index;

    /// <summary>Which histogram of the batch it is, or <see cref="Float"/>.</summary>
    public int Histogram;
}

/// <summary>Samples in the order of the log, for one worker. Filled and emptied again and again; allocates only while the
/// histograms in it grow.</summary>
internal sealed class ReplayBatch : IReplayBatch
{
    /// <summary>Samples of a batch, about upstream's number; 96 KiB.</summary>
    private const int ItemsMax = 4096;

    /// <summary>Histograms of a batch: some hundred numbers each.</summary>
    private const int HistogramsMax = 512;

    private readonly ReplayItem[] _items = new ReplayItem[ItemsMax];
    private readonly List<HistogramSample> _histograms = [];
    private int _histogramCount;

    /// <summary>Samples in it.</summary>
    public int Count { get; private set; }

    /// <summary>Whether nothing more may be added.</summary>
    public bool IsFull => Count == ItemsMax || _histogramCount == HistogramsMax;

    /// <summary>What is in it.</summary>
    public ReadOnlySpan<ReplayItem> Items => _items.AsSpan(0, Count);

    /// <summary>A histogram by its number; valid until <see cref="Clear"/>.</summary>
    public HistogramSample HistogramAt(int number) => _histograms[number];

    /// <summary>Adds a float.</summary>
    public void Add(uint index, long timestampMs, ulong valueBits)
    {
        ref var item = ref _items[Count++];
        item.TimestampMs = timestampMs;
        item.ValueBits = valueBits;
        item.Index = index;
        item.Histogram = ReplayItem.Float;
    }

    /// <summary>Adds a copy of a histogram.</summary>
    public void Add(uint index, long timestampMs, HistogramSample sample)
    {
        if (_histogramCount == _histograms.Count) _histograms.Add(new HistogramSample());
        _histograms[_histogramCount].CopyFrom(sample);
        Add(index, timestampMs, 0);
        _items[Count - 1].Histogram = _histogramCount++;
    }

    /// <summary>Empties it.</summary>
    public void Clear() => (Count, _histogramCount) = (0, 0);
}
