namespace Tsdb.Head;

/// <summary>A name and how often it occurs, or how many bytes it takes.</summary>
/// <param name="Name">UTF-8 bytes; for a label pair <c>name=value</c>.</param>
/// <param name="Value">Count or bytes.</param>
public readonly record struct LabelStatistic(ReadOnlyMemory<byte> Name, long Value);

/// <summary>Which labels a head's series carry most. Lists descend by value, then ascend by name.</summary>
/// <param name="PairCount">Distinct name=value pairs.</param>
/// <param name="SeriesByMetricName">Series per value of <c>__name__</c>.</param>
/// <param name="ValuesByLabelName">Distinct values per label name.</param>
/// <param name="BytesByLabelName">Bytes of name and value, and 32 more, summed over the series that carry the name.</param>
/// <param name="SeriesByLabelPair">Series per pair.</param>
public sealed record LabelStatistics(
    long PairCount,
    IReadOnlyList<LabelStatistic> SeriesByMetricName,
    IReadOnlyList<LabelStatistic> ValuesByLabelName,
    IReadOnlyList<LabelStatistic> BytesByLabelName,
    IReadOnlyList<LabelStatistic> SeriesByLabelPair)
{
    private const int BytesPerLabel = 32; // What upstream adds for two string headers.

    /// <summary>Counts a head's labels. Creation of series waits meanwhile; appending to known ones does not.</summary>
    /// <param name="head">Which head.</param>
    /// <param name="limit">Entries a list, 0 or more.</param>
    internal static LabelStatistics Of(TsdbHead head, int limit)
    {
        var (metrics, names, bytes, pairs) = (new Top(limit), new Top(limit), new Top(limit), new Top(limit));
        long pairCount = 0;
        lock (head.Index.Lock)
        {
            foreach (var name in head.Index.Pairs.Names)
            {
                var isMetricName = name.Text.AsSpan().SequenceEqual("__name__"u8);
                var (values, size) = (0L, 0L);
                foreach (var reference in name.Pairs)
                {
                    ref var pair = ref head.Index.Pairs[reference];
                    if (pair.Series.Count == 0) continue;
                    var value = head.Index.Symbols.Span(pair.Value);
                    values++;
                    size += (long)pair.Series.Count * (name.Text.Length + value.Length + BytesPerLabel);
                    if (isMetricName) metrics.Offer(default, value, pair.Series.Count);
                    pairs.Offer(name.Text, value, pair.Series.Count);
                }
                if (values == 0) continue;
                pairCount += values;
                names.Offer(default, name.Text, values);
                bytes.Offer(default, name.Text, size);
            }
        }
        return new(pairCount, metrics.Take(), names.Take(), bytes.Take(), pairs.Take());
    }

    /// <summary>Keeps the largest few of what it is offered.</summary>
    private sealed class Top(int limit)
    {
        private readonly PriorityQueue<byte[], long> _kept = new();

        /// <summary>Considers <c>name=value</c>, or the value alone when there is no name.</summary>
        public void Offer(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long weight)
        {
            if (limit == 0 || (_kept.Count == limit && _kept.TryPeek(out _, out var least) && weight <= least)) return;
            _kept.Enqueue(name.IsEmpty ? value.ToArray() : [.. name, (byte)'=', .. value], weight);
            if (_kept.Count > limit) _kept.Dequeue();
        }

        /// <summary>The kept ones, largest first.</summary>
        public LabelStatistic[] Take()
        {
            var sorted = new LabelStatistic[_kept.Count];
            for (var i = 0; _kept.TryDequeue(out var name, out var weight); i++) sorted[i] = new(name, weight);
            Array.Sort(sorted, static (a, b) => a.Value != b.Value
                ? b.Value.CompareTo(a.Value)
                : a.Name.Span.SequenceCompareTo(b.Name.Span));
            return sorted;
        }
    }
}
