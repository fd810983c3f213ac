using System.Globalization;
using System.Linq;
using System.Text.Json;
using Integration.Fixture;
using TestKit;
using Tsdb;
using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Integration.Engine;

/// <summary>What a data directory holds, in words that every reader of it can say: floats by their bits, histograms by count and
/// sum. Stale markers are left out: a query over a range does not show them.</summary>
internal sealed class Content
{
    private static readonly string NaN = OfFloat(BitConverter.DoubleToUInt64Bits(double.NaN))!;

    private readonly SortedDictionary<string, SortedDictionary<long, string>> _series = new(StringComparer.Ordinal);

    /// <summary>Samples.</summary>
    public int Count { get; private set; }

    /// <summary>Everything a database answers.</summary>
    public static Content Of(Database database)
    {
        var content = new Content();
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, [], out var named, out var error), error);
        using var cursor = database.Select(long.MinValue, long.MaxValue, [named], skipChunks: false);
        content.Add(cursor);
        return content;
    }

    /// <summary>What each block holds by itself.</summary>
    public static List<Content> OfBlocks(Database database)
    {
        Assert.True(Matcher.TryCreate(Tsdb.Labels.MatchType.NotEqual, "__name__"u8, [], out var named, out var error), error);
        var contents = new List<Content>();
        foreach (var block in database.Blocks)
        {
            using var cursor = new BlockCursor(block.TryLease()!, long.MinValue, long.MaxValue, [named], skipsChunks: false);
            contents.Add(new Content());
            contents[^1].Add(cursor);
        }
        return contents;
    }

    /// <summary>The recorded samples of a golden directory.</summary>
    public static Content OfGolden(string file)
    {
        var content = new Content();
        foreach (var line in Golden.Lines(file))
        {
            using var json = JsonDocument.Parse(line);
            var labels = new List<(string, string)>();
            foreach (var label in json.RootElement.GetProperty("labels").EnumerateArray())
                labels.Add((label[0].GetString()!, label[1].GetString()!));
            var name = SeriesName.Of(labels);
            foreach (var sample in Items(json.RootElement, "s"))
                content.Add(name, Whole(sample[0]), OfFloat(Convert.ToUInt64(sample[1].GetString(), 16)));
            foreach (var sample in Items(json.RootElement, "h"))
            {
                var sum = Convert.ToUInt64(sample.GetProperty("sum").GetString()![..16], 16);
                var count = sample.GetProperty("count").GetString()!;
                var isFloat = sample.GetProperty("k").GetString() == "f";
                var bits = isFloat ? Convert.ToUInt64(count[..16], 16) : ulong.Parse(count, CultureInfo.InvariantCulture);
                content.Add(name, Whole(sample.GetProperty("t")), OfHistogram(isFloat, bits, sum));
            }
        }
        return content;
    }

    /// <summary>The result of an instant query for a range, from the HTTP API.</summary>
    public static Content OfQuery(JsonElement result)
    {
        var content = new Content();
        foreach (var series in result.EnumerateArray())
        {
            var labels = new List<(string Name, string Value)>();
            foreach (var label in series.GetProperty("metric").EnumerateObject())
                labels.Add((label.Name, label.Value.GetString()!));
            labels.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            var name = SeriesName.Of(labels);
            foreach (var sample in Items(series, "values"))
                content.Add(name, Millis(sample[0]), OfFloat(Bits(sample[1].GetString()!)));
            foreach (var sample in Items(series, "histograms"))
            {
                var (count, sum) = (sample[1].GetProperty("count").GetString()!, sample[1].GetProperty("sum").GetString()!);
                content.Add(name, Millis(sample[0]), OfHistogram(isFloat: true, Bits(count), Bits(sum)));
            }
        }
        return content;
    }

    /// <summary>Adds a sample that was sent; a stale marker is passed over.</summary>
    public void Add(string series, long timestampMs, string? value)
    {
        if (value is null) return;
        if (!_series.TryGetValue(series, out var samples)) _series.Add(series, samples = []);
        if (!samples.ContainsKey(timestampMs)) Count++;
        samples[timestampMs] = value;
    }

    public static string? OfFloat(ulong bits) => bits == StaleMarker.Bits ? null
        : Promtool.Printed(bits).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Fails unless this holds the very samples expected.</summary>
    /// <param name="expected">What there should be.</param>
    /// <param name="alternatives">Other values a sample may have: where one time was sent twice, either may be read.</param>
    /// <param name="reader">Who reads.</param>
    public void AssertIs(Content expected, IReadOnlyList<Content> alternatives, string reader)
    {
        foreach (var (name, samples) in expected._series)
        {
            var found = _series.GetValueOrDefault(name, []);
            foreach (var (t, value) in samples)
            {
                Assert.True(found.TryGetValue(t, out var read), $"{reader} does not have {name} at {t}: {value}");
                var isKnown = alternatives.Any(other => other._series.GetValueOrDefault(name)?.GetValueOrDefault(t) == read);
                Assert.True(read == value || isKnown, $"{reader} has {read} for {name} at {t}, expected {value}");
            }
        }
        foreach (var (name, samples) in _series)
        {
            var known = expected._series.GetValueOrDefault(name, []);
            foreach (var t in samples.Keys)
                Assert.True(known.ContainsKey(t), $"{reader} has {name} at {t}, which is not expected");
        }
    }

    /// <summary>Fails unless a dump of promtool has the very samples of every series that holds only floats.</summary>
    public void AssertPrinted(SortedDictionary<string, List<string>> dump, IReadOnlyList<Content> alternatives, string reader)
    {
        var (floats, printed, others) = (new Content(), new Content(), new Content());
        foreach (var (name, samples) in _series)
        {
            var isFloat = !samples.Values.Any(static value => value.StartsWith("count", StringComparison.Ordinal));
            foreach (var (t, value) in samples) (isFloat ? floats : others).Add(name, t, value == NaN ? null : value);
        }
        foreach (var (name, lines) in dump)
        {
            if (others._series.ContainsKey(name)) continue;
            foreach (var line in lines)
            {
                var at = line.LastIndexOf(' ');
                // Stale markers and other NaNs look the same.
                var value = line.StartsWith("NaN", StringComparison.Ordinal) ? null : OfFloat(Bits(line[..at]));
                printed.Add(name, long.Parse(line.AsSpan(at + 1), CultureInfo.InvariantCulture), value);
            }
        }
        printed.AssertIs(floats, alternatives, reader);
    }

    private void Add(SeriesCursor cursor)
    {
        while (cursor.MoveNext())
        {
            var name = SeriesName.Of(cursor.Labels);
            foreach (var chunk in cursor.Chunks) Add(name, in chunk);
        }
    }

    private void Add(string name, in ChunkView chunk)
    {
        if (chunk.Encoding == ChunkEncoding.Xor)
        {
            var floats = new XorChunkIterator(chunk.Data.Span);
            while (floats.MoveNext()) Add(name, floats.TimestampMs, OfFloat(floats.ValueBits));
            Assert.False(floats.IsFailed, $"a chunk of {name} is damaged");
            return;
        }
        var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
        while (histograms.MoveNext())
        {
            var h = histograms.Current;
            Add(name, histograms.TimestampMs, OfHistogram(h.IsFloat, h.Count, h.SumBits));
        }
        Assert.False(histograms.IsFailed, $"a chunk of {name} is damaged");
    }

    private static string? OfHistogram(bool isFloat, ulong count, ulong sumBits)
    {
        if (sumBits == StaleMarker.Bits) return null;
        var number = isFloat ? BitConverter.UInt64BitsToDouble(count) : count;
        return string.Create(CultureInfo.InvariantCulture, $"count {number:r} sum {Promtool.Printed(sumBits):x16}");
    }

    private static ulong Bits(string text) => BitConverter.DoubleToUInt64Bits(text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    });

    private static long Millis(JsonElement seconds) => (long)Math.Round(seconds.GetDecimal() * 1000);

    private static long Whole(JsonElement text) => long.Parse(text.GetString()!, CultureInfo.InvariantCulture);

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;
}
