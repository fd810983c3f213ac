using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Tests.Chunks;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head;

/// <summary>Everything a database holds, floats and histograms, as text by time.</summary>
internal static class HistogramDump
{
    public static Matcher[] Everything
    {
        get
        {
            Assert.True(Matcher.TryCreate(MatchType.Regex, "__name__"u8, ".*"u8, out var all, out var error), error);
            return [all];
        }
    }

    public static List<(LabelSet Labels, SortedDictionary<long, string> Samples)> Of(Database database)
    {
        var dump = new List<(LabelSet, SortedDictionary<long, string>)>();
        using var cursor = database.Select(long.MinValue, long.MaxValue, Everything, skipChunks: false);
        while (cursor.MoveNext())
        {
            var samples = new SortedDictionary<long, string>();
            foreach (var chunk in cursor.Chunks) Add(chunk, samples);
            dump.Add((cursor.Labels, samples));
        }
        return dump;
    }

    /// <summary>The part of a described histogram that does not depend on its neighbours in a chunk: not the hint, and not the
    /// buckets, since a chunk adds some of zero.</summary>
    public static string Content(string described)
    {
        var words = described.Split(' ');
        return words.Length < 7 ? described : $"{words[0]} {words[2]} {words[3]} {words[4]} {words[5]} {words[6]}";
    }

    public static void Add(in ChunkView chunk, SortedDictionary<long, string> samples)
    {
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(chunk.Data.Span);
            while (floats.MoveNext()) samples.Add(floats.TimestampMs, floats.ValueBits.ToString("x16", provider: null));
            Assert.False(floats.IsFailed);
            return;
        }
        var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        while (histograms.MoveNext()) samples.Add(histograms.TimestampMs, HistogramJson.Describe(histograms.Current));
        Assert.False(histograms.IsFailed);
    }
}
