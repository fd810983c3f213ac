using System.Runtime.InteropServices;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType; // System.IO has one too.

namespace Tsdb.Head;

/// <summary>The head's index as matcher selection wants it. Lists are copied out, so creation of series waits no longer than a
/// copy.</summary>
internal sealed class HeadPostings(TsdbHead head) : ILabelSource, ILabelFilter
{
    /// <summary>Series listed while creation waits: some 50 µs.</summary>
    private const uint SeriesALock = 16_384;

    /// <summary>Matching a value and copying its list costs as much as copying this many entries.</summary>
    private const int EntriesPerValue = 32;

    /// <summary>Of so many values the lists are added up.</summary>
    private const int ValuesAdded = 64;

    /// <inheritdoc/>
    public ReadOnlyMemory<uint> All()
    {
        var all = new uint[head.Series.Hot.Count + 1024]; // Room for those that come meanwhile.
        var count = 0;
        for (var from = 0u; ; from += SeriesALock)
        {
            lock (head.Index.Lock)
            {
                var end = Math.Min(from + SeriesALock, head.Series.Cold.End);
                if (from >= end) return all.AsMemory(0, count);
                for (var index = from; index < end; index++)
                {
                    if (head.Series.Cold[index].Ref == 0) continue;
                    if (count == all.Length) Array.Resize(ref all, all.Length * 2);
                    all[count++] = index;
                }
            }
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
        var symbols = head.Index.Symbols;
        for (var isLast = false; ; isLast = true)
        {
            LabelName label;
            SortedValues sorted;
            SortedValues.Value[] newcomers;
            lock (head.Index.Lock)
            {
                var pairs = head.Index.Pairs;
                if (pairs.FindName(name) is not { } found) return [];
                label = found;
                sorted = label.Sorted;
                newcomers = sorted.Newcomers(label, pairs);
                // The few that came while the others were sorted may be sorted here.
                if (isLast && newcomers.Length > 0) label.Sorted = sorted = sorted.With(newcomers, symbols);
                if (isLast || newcomers.Length == 0) return TextsOf(sorted);
            }
            var merged = sorted.With(newcomers, symbols);
            lock (head.Index.Lock)
            {
                if (label.Sorted == sorted) label.Sorted = merged; // Else another reader was faster, or pairs were removed.
            }
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

    /// <inheritdoc/>
    public long Estimate(Matcher matcher)
    {
        lock (head.Index.Lock)
        {
            var pairs = head.Index.Pairs;
            if (pairs.FindName(matcher.Name) is not { } label) return 0;
            var sum = 0L;
            if (matcher.Type != MatchType.Equal && matcher.SetMatches is null)
            {
                // Few values have long lists; with many, their number alone says enough.
                foreach (var pair in CollectionsMarshal.AsSpan(label.Pairs)[..Math.Min(label.Pairs.Count, ValuesAdded)])
                    sum += pairs[pair].Series.Count;
                return sum + ((long)label.Pairs.Count * EntriesPerValue);
            }
            foreach (var text in matcher.SetMatches ?? [])
            {
                var pair = pairs.Find(label, text);
                if (pair != NativeSlab<LabelPair>.None) sum += pairs[pair].Series.Count;
            }
            return sum;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Needs a reader lease taken before the series were selected. Every value is matched once.</remarks>
    public uint[] Keep(ReadOnlySpan<uint> series, Matcher matcher)
    {
        int name;
        lock (head.Index.Lock) name = head.Index.Pairs.FindName(matcher.Name)?.Id ?? -1;
        var verdicts = new Dictionary<uint, bool>();
        var kept = new uint[series.Length];
        var count = 0;
        var (last, isKept) = (NativeSlab<LabelPair>.None, matcher.MatchesEmpty);
        foreach (var index in series)
        {
            var pair = name < 0 ? NativeSlab<LabelPair>.None : PairOf(index, name);
            if (pair != last)
            {
                last = pair;
                if (pair == NativeSlab<LabelPair>.None) isKept = matcher.MatchesEmpty;
                else if (!verdicts.TryGetValue(pair, out isKept))
                    verdicts[pair] = isKept = matcher.Matches(head.Index.Symbols.Span(head.Index.Pairs[pair].Value));
            }
            if (isKept) kept[count++] = index;
        }
        return kept[..count];
    }

    private uint PairOf(uint series, int name)
    {
        foreach (var pair in head.Index.LabelsOf(head.Series.Cold[series]))
        {
            if (head.Index.Pairs[pair].Name == name) return pair;
        }
        return NativeSlab<LabelPair>.None;
    }

    private List<ReadOnlyMemory<byte>> TextsOf(SortedValues sorted)
    {
        var values = new List<ReadOnlyMemory<byte>>(sorted.Count);
        foreach (var value in sorted.Span)
        {
            if (head.Index.Pairs[value.Pair].Series.Count > 0) values.Add(head.Index.Symbols.Memory(value.Text));
        }
        return values;
    }
}
