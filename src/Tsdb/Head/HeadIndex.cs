using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>Labels of the series in the head: from series to labels and from label to series.</summary>
/// <remarks>Everything that changes needs <see cref="Lock"/>; the labels of a live series may be read without it.</remarks>
internal sealed class HeadIndex : IDisposable
{
    private const uint LabelRefsMax = 1u << 30;

    private readonly LabelRuns _runs = new(LabelRefsMax);
    private readonly LabelMemo _memo;

    /// <summary>Creates an empty index.</summary>
    public HeadIndex()
    {
        Pairs = new LabelPairs(Symbols);
        _memo = new LabelMemo(Pairs);
    }

    /// <summary>Guards the index, and with it the creation of series. Taken before the log's lock, after no other.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Label text.</summary>
    public SymbolArena Symbols { get; } = new();

    /// <summary>Distinct labels and the series that carry them.</summary>
    public LabelPairs Pairs { get; }

    /// <summary>Bytes by part, for the memory budget: label references, pairs with postings, text.</summary>
    public (long LabelRefs, long Pairs, long Symbols) AllocatedBytes =>
        (_runs.CommittedBytes, Pairs.AllocatedBytes, Symbols.AllocatedBytes);

    /// <summary>Records the labels of a new series.</summary>
    public void Add(ref ColdSeries cold, uint index, ReadOnlySpan<byte> encodedLabels)
    {
        var prefix = Varint.Read(encodedLabels, out var count);
        cold.LabelCount = checked((ushort)count);
        cold.LabelsAt = _runs.Take(cold.LabelCount);
        var run = _runs.Read(cold.LabelsAt, cold.LabelCount);
        _memo.Resolve(encodedLabels[prefix..], run);
        foreach (var pair in run) Pairs.AddSeries(pair, index);
    }

    /// <summary>Takes back the newest series of all, when its log record could not be written.</summary>
    public void RemoveNewest(ref ColdSeries cold)
    {
        var pairs = LabelsOf(cold).ToArray();
        foreach (var pair in pairs) Pairs.Replace(pair, Pairs.SeriesOf(pair)[..^1].ToArray());
        Free(ref cold);
        Pairs.RemoveEmpty(pairs);
    }

    /// <summary>Frees the label references of a series that is in no posting list any more.</summary>
    public void Free(ref ColdSeries cold)
    {
        _memo.Clear(); // The pairs remembered may be gone.
        _runs.Free(cold.LabelsAt, cold.LabelCount);
        cold = default;
    }

    /// <summary>Pair references of a series, ascending by name.</summary>
    public ReadOnlySpan<uint> LabelsOf(in ColdSeries cold) => _runs.Read(cold.LabelsAt, cold.LabelCount);

    /// <summary>Writes a series' labels in the log's sub-format.</summary>
    public void WriteLabels(in ColdSeries cold, ByteBuffer to)
    {
        to.WriteUvarint(cold.LabelCount);
        foreach (var pair in LabelsOf(cold))
        {
            to.WriteString(Pairs.NameOf(pair).Text);
            to.WriteString(Symbols.Span(Pairs[pair].Value));
        }
    }

    /// <summary>Label order of two series, as <see cref="LabelSet.CompareTo"/>.</summary>
    public int Compare(in ColdSeries left, in ColdSeries right)
    {
        var a = LabelsOf(left);
        var b = LabelsOf(right);
        var same = a.CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        var order = Pairs.NameOf(a[same]).Text.AsSpan().SequenceCompareTo(Pairs.NameOf(b[same]).Text);
        return order != 0 ? order : Symbols.Span(Pairs[a[same]].Value).SequenceCompareTo(Symbols.Span(Pairs[b[same]].Value));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runs.Dispose();
        Pairs.Dispose();
    }
}
