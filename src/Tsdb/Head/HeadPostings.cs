using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;

namespace Tsdb.Head;

/// <summary>The head's index as matcher selection wants it. Lists are copied out, so creation of series waits no longer than a
/// copy.</summary>
internal sealed class HeadPostings(TsdbHead head) : ILabelSource
{
    /// <inheritdoc/>
    public ReadOnlyMemory<uint> All()
    {
        lock (head.Index.Lock)
        {
            var all = new uint[head.Series.Hot.Count];
            var count = 0;
            for (var index = 0u; index < head.Series.Cold.End; index++)
            {
                if (head.Series.Cold[index].Ref != 0) all[count++] = index;
            }
            return all.AsMemory(0, count);
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<uint> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        uint[] list;
        lock (head.Index.Lock)
        {
            var pairs = head.Index.Pairs;
            var pair = pairs.FindName(name) is { } label ? pairs.Find(label, value) : NativeSlab<LabelPair>.None;
            if (pair == NativeSlab<LabelPair>.None) return default;
            list = pairs.SeriesOf(pair).ToArray();
        }
        // Slots of collected series are given to new ones, so creation order is not always ascending.
        for (var i = 1; i < list.Length; i++)
        {
            if (list[i] > list[i - 1]) continue;
            Array.Sort(list);
            break;
        }
        return list;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Values(ReadOnlySpan<byte> name)
    {
        lock (head.Index.Lock)
        {
            var pairs = head.Index.Pairs;
            if (pairs.FindName(name) is not { } label) return [];
            var sorted = label.Sorted ??= Sort(label);
            var values = new List<ReadOnlyMemory<byte>>(sorted.Length);
            foreach (var pair in sorted)
            {
                if (pairs[pair].Series.Count > 0) values.Add(head.Index.Symbols.Memory(pairs[pair].Value));
            }
            return values;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names()
    {
        var names = new List<ReadOnlyMemory<byte>>();
        lock (head.Index.Lock)
        {
            foreach (var name in head.Index.Pairs.Names)
            {
                if (name.Pairs.Count > 0) names.Add(name.Text);
            }
        }
        names.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));
        return names;
    }

    /// <inheritdoc/>
    /// <remarks>Needs a reader lease taken before the reference was selected.</remarks>
    public LabelSet LabelsOf(uint seriesRef) => head.LabelsOf(seriesRef);

    private uint[] Sort(LabelName label)
    {
        var sorted = label.Pairs.ToArray();
        var (pairs, symbols) = (head.Index.Pairs, head.Index.Symbols);
        Array.Sort(sorted, (a, b) => symbols.Span(pairs[a].Value).SequenceCompareTo(symbols.Span(pairs[b].Value)));
        return sorted;
    }
}
