using System.Globalization;
using System.Text;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Tests.Model;

/// <summary>Reads a cursor to its end: contents by labels and time, with everything about order and chunks checked on the
/// way.</summary>
internal static class StoredSeries
{
    /// <summary>Series with at least one sample in the range (both ends included), ascending by labels.</summary>
    public static List<(LabelSet Labels, SortedDictionary<long, string> Samples)> Read(SeriesCursor cursor, long from, long to)
    {
        var all = new List<(LabelSet, SortedDictionary<long, string>)>();
        LabelSet? previous = null;
        while (cursor.MoveNext())
        {
            Assert.True(previous is null || previous < cursor.Labels, $"{previous} comes before {cursor.Labels}");
            previous = cursor.Labels;
            var samples = Samples(cursor, from, to);
            if (samples.Count > 0) all.Add((cursor.Labels, samples));
        }
        return all;
    }

    /// <summary>One line for each sample.</summary>
    public static string Text(IEnumerable<(LabelSet Labels, SortedDictionary<long, string> Samples)> series)
    {
        var text = new StringBuilder();
        foreach (var (labels, samples) in series)
        {
            text.Append(labels).Append('\n');
            foreach (var (t, value) in samples) text.Append(CultureInfo.InvariantCulture, $"  {t} {value}\n");
        }
        return text.ToString();
    }

    private static SortedDictionary<long, string> Samples(SeriesCursor cursor, long from, long to)
    {
        var samples = new SortedDictionary<long, string>();
        var end = long.MinValue;
        foreach (var chunk in cursor.Chunks)
        {
            var (first, last) = (long.MaxValue, long.MinValue);
            foreach (var (t, value) in Samples(chunk, cursor.Labels))
            {
                Assert.True(t > end, $"{cursor.Labels}: {t} comes after {end}");
                if (first == long.MaxValue) first = t;
                end = last = t;
                if (t >= from && t <= to) samples.Add(t, value);
            }
            Assert.True(first == chunk.MinTimeMs && last == chunk.MaxTimeMs,
                $"{cursor.Labels}: a chunk from {chunk.MinTimeMs} to {chunk.MaxTimeMs} holds {first} to {last}");
        }
        return samples;
    }

    private static List<(long T, string Value)> Samples(in ChunkView chunk, LabelSet labels)
    {
        var samples = new List<(long, string)>();
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(chunk.Data.Span);
            while (floats.MoveNext()) samples.Add((floats.TimestampMs, ModelValue.Of(floats.ValueBits).Content));
            Assert.False(floats.IsFailed, $"{labels}: a chunk is damaged");
            return samples;
        }
        var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        HistogramSample? before = null;
        while (histograms.MoveNext())
        {
            var value = ModelValue.Of(histograms.Current);
            var now = value.Histogram!;
            if (before is not null && now.Hint == CounterResetHint.NotReset) CheckCounts(before, now, labels);
            before = now;
            samples.Add((histograms.TimestampMs, value.Content));
        }
        Assert.False(histograms.IsFailed, $"{labels}: a chunk of histograms is damaged");
        return samples;
    }

    /// <summary>"Not a reset" must be true: no count is lower than before.</summary>
    private static void CheckCounts(HistogramSample before, HistogramSample now, LabelSet labels)
    {
        var counts = ModelValue.Buckets(now.PositiveSpans, now.PositiveBuckets, now.IsFloat);
        foreach (var (index, count) in ModelValue.Buckets(before.PositiveSpans, before.PositiveBuckets, before.IsFloat))
        {
            Assert.True(counts.TryGetValue(index, out var later) && later >= count,
                $"{labels}: bucket {index} falls from {count}, but the chunk says that nothing was reset");
        }
    }
}
