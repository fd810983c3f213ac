using System.Linq;
using Receiver.StoreApi;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Receiver.Tests.StoreApi;

/// <summary>A tenant in memory: series with chunks, matched one by one.</summary>
internal sealed class FakeSource(string tenantId, LabelSet externalLabels) : SeriesSource
{
    private readonly SortedDictionary<LabelSet, ChunkView[]> _series = [];

    public override string TenantId => tenantId;

    public override LabelSet ExternalLabels => externalLabels;

    public override long MinTimeMs =>
        _series.Values.SelectMany(c => c).Select(c => c.MinTimeMs).DefaultIfEmpty(long.MaxValue).Min();

    public Exception? Failure { get; init; }

    public int EnteredCount { get; private set; }

    public FakeSource Add(LabelSet labels, params ChunkView[] chunks)
    {
        _series[labels] = chunks;
        return this;
    }

    /// <summary>Series "a=1,b=2" with one chunk of no particular content.</summary>
    public FakeSource Add(string labels, long minTimeMs = 0, long maxTimeMs = 0) =>
        Add(Labels(labels), new ChunkView(minTimeMs, maxTimeMs, ChunkEncoding.Xor, new byte[] { 0, 1, 2 }));

    public static LabelSet Labels(string text) => LabelSet.FromStrings([
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => (p.Split('=')[0], p.Split('=')[1]))]);

    public override bool TryEnter()
    {
        EnteredCount++;
        return true;
    }

    public override void Exit() => EnteredCount--;

    public override SeriesCursor Select(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers, bool skipChunks)
    {
        if (Failure is not null) throw Failure;
        var found = new List<(LabelSet, ChunkView[])>();
        foreach (var (labels, chunks) in Matching(matchers))
        {
            var inRange = chunks.Where(c => c.MaxTimeMs >= minTimeMs && c.MinTimeMs <= maxTimeMs).ToArray();
            if (inRange.Length > 0) found.Add((labels, skipChunks ? [] : inRange));
        }
        return new Cursor(found);
    }

    public override IReadOnlyList<ReadOnlyMemory<byte>> LabelNames(long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        var names = new SortedDictionary<byte[], bool>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        if (Failure is not null) throw Failure;
        foreach (var (labels, chunks) in Matching(matchers))
        {
            if (!Overlaps(minTimeMs, maxTimeMs)) continue;
            foreach (var label in labels) names[label.Name.ToArray()] = true;
        }
        return [.. names.Keys.Select(k => new ReadOnlyMemory<byte>(k))];
    }

    public override IReadOnlyList<ReadOnlyMemory<byte>> LabelValues(
        ReadOnlySpan<byte> name, long minTimeMs, long maxTimeMs, ReadOnlySpan<Matcher> matchers)
    {
        var values = new SortedDictionary<byte[], bool>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        foreach (var (labels, chunks) in Matching(matchers))
        {
            var value = labels.Find(name);
            if (Overlaps(minTimeMs, maxTimeMs) && !value.IsEmpty) values[value.ToArray()] = true;
        }
        return [.. values.Keys.Select(k => new ReadOnlyMemory<byte>(k))];
    }

    public override HeadStatistics Statistics(int limit) => new()
    {
        SeriesCount = (ulong)_series.Count,
        LabelPairCount = 3,
        MinTimeMs = 1000,
        MaxTimeMs = 2000,
        SeriesByMetricName = [new("up"u8.ToArray(), 2)],
        ValuesByLabelName = [new("__name__"u8.ToArray(), 1)],
    };

    private bool Overlaps(long minTimeMs, long maxTimeMs)
    {
        var chunks = _series.Values.SelectMany(c => c).ToArray();
        return chunks.Length > 0 && maxTimeMs >= chunks.Min(c => c.MinTimeMs) && minTimeMs <= chunks.Max(c => c.MaxTimeMs);
    }

    private List<KeyValuePair<LabelSet, ChunkView[]>> Matching(ReadOnlySpan<Matcher> matchers)
    {
        var matching = new List<KeyValuePair<LabelSet, ChunkView[]>>();
        foreach (var pair in _series)
        {
            var all = true;
            foreach (var matcher in matchers) all &= matcher.Matches(pair.Key.Find(matcher.Name));
            if (all) matching.Add(pair);
        }
        return matching;
    }

    private sealed class Cursor(List<(LabelSet Labels, ChunkView[] Chunks)> series) : SeriesCursor
    {
        private int _at = -1;

        public override LabelSet Labels => series[_at].Labels;

        public override ReadOnlySpan<ChunkView> Chunks => series[_at].Chunks;

        public override bool MoveNext() => ++_at < series.Count;
    }
}
