using System.Globalization;
using System.Linq;
using System.Text;
using Tsdb.Labels;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Queries;

public class PostingsSelectorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(50_000_000)] // Far apart, as references into a large block are: the list paths instead of the bit paths.
    public void Select_GoldenMatchers_AsUpstream(uint stride)
    {
        var index = new NaiveIndex(SelectCase.ReadSeries(), stride);
        foreach (var golden in SelectCase.ReadAll())
        {
            var matchers = golden.Matchers(out var error);
            Assert.True(golden.MatcherError == error, $"{golden}: {error}");
            if (error.Length > 0) continue;
            var refs = PostingsSelector.Select(index, matchers);
            var numbers = index.NumbersOf(refs);
            Assert.True(golden.Numbers("all").SequenceEqual(numbers), $"{golden}: {string.Join(',', numbers)}");
        }
    }

    [Fact]
    public void LabelSelector_GoldenMatchers_NamesAndValuesAsUpstream()
    {
        var index = new NaiveIndex(SelectCase.ReadSeries());
        var cases = 0;
        foreach (var golden in SelectCase.ReadAll())
        {
            if (!golden.Json.TryGetProperty("labelNames", out var names)) continue;
            var matchers = golden.Matchers(out _);
            Assert.Equal(SelectCase.Hex(names), SelectCase.Hex(LabelSelector.LabelNamesOf(index, matchers)));
            foreach (var label in golden.Json.GetProperty("labelValues").EnumerateObject())
            {
                var values = LabelSelector.LabelValuesOf(index, Encoding.UTF8.GetBytes(label.Name), matchers);
                Assert.Equal(SelectCase.Hex(label.Value), SelectCase.Hex(values));
            }
            cases++;
        }
        Assert.True(cases > 0, "no golden label lists");
    }

    [Theory]
    [InlineData("n=1", "A B P")]
    [InlineData("n=1,i=a", "A")]
    [InlineData("n=1,i=missing", "")]
    [InlineData("missing=", "A B P Q R")]
    [InlineData("n!=1", "Q R")]
    [InlineData("i=~.+", "A B")]
    [InlineData("i=~.*", "A B P Q R")]
    [InlineData("i=", "P Q R")]
    [InlineData("i!=", "A B")]
    [InlineData("missing!=", "")]
    [InlineData("n=1,i!=a", "B P")]
    [InlineData("n=~^1$", "A B P")]
    [InlineData("n=1,i=~^a?$", "A P")]
    [InlineData("i=~^$", "P Q R")]
    [InlineData("n=1,i=~^.*$", "A B P")]
    [InlineData("n!~1|2.5", "Q")]
    [InlineData("n=1,i!~^a?$", "B")]
    [InlineData("n=1,i!~^$", "A B")]
    [InlineData("n=1,i!~^.*$", "")]
    [InlineData("n=1,i!~^.+$", "P")]
    [InlineData("n=1,i!=,i=a", "A")]
    [InlineData("n=1,i!=b,i=~^(b|a).*$", "A")]
    [InlineData("n=~2|2\\.5", "Q R")]
    [InlineData("i=~c||d", "P Q R")]
    public void Select_TableOfTheStoreApi_AsSpecified(string matchers, string expected)
    {
        LabelSet[] series =
        [
            LabelSet.FromStrings(("i", "a"), ("n", "1")), LabelSet.FromStrings(("i", "b"), ("n", "1")),
            LabelSet.FromStrings(("n", "1")), LabelSet.FromStrings(("n", "2")), LabelSet.FromStrings(("n", "2.5")),
        ];
        var index = new NaiveIndex(series);
        var parsed = new List<Matcher>();
        foreach (var text in matchers.Split(',')) parsed.Add(Parse(text));
        var names = new List<string>();
        var refs = PostingsSelector.Select(index, [.. parsed]);
        foreach (var number in index.NumbersOf(refs)) names.Add("ABPQR".Substring(number, 1));
        Assert.Equal(expected, string.Join(' ', names));
    }

    [Fact]
    public void Select_RandomSeriesAndMatchers_AsOneByOne()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        string[] operators = ["=", "!=", "=~", "!~"];
        string[] values = ["", "1", "2", "v3", "1|2", "v.*", ".+", ".*", "[0-9]+", "v3|", "(?i)V[0-4]", "zz"];
        for (var round = 0; round < 300; round++)
        {
            var series = new List<LabelSet>();
            for (var i = 0; i < 200; i++)
            {
                var pairs = new List<(string, string)> { ("id", i.ToString(CultureInfo.InvariantCulture)) };
                if (random.Next(3) > 0) pairs.Add(("a", random.Next(5).ToString(CultureInfo.InvariantCulture)));
                if (random.Next(2) > 0) pairs.Add(("b", "v" + random.Next(9).ToString(CultureInfo.InvariantCulture)));
                series.Add(LabelSet.FromStrings([.. pairs]));
            }
            var index = new NaiveIndex(series, (uint)(1 + (random.Next(2) * 9_999_999)));
            var matchers = new Matcher[1 + random.Next(3)];
            for (var i = 0; i < matchers.Length; i++)
                matchers[i] = Parse("abx"[random.Next(3)] + operators[random.Next(4)] + values[random.Next(values.Length)]);
            var expected = new List<int>();
            for (var i = 0; i < series.Count; i++)
            {
                if (Array.TrueForAll(matchers, m => m.Matches(series[i].Find(m.Name)))) expected.Add(i);
            }
            var selected = index.NumbersOf(PostingsSelector.Select(index, matchers));
            Assert.True(expected.SequenceEqual(selected), $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void Select_FewCandidatesManyValues_ReadsLabelsOfTheCandidatesOnly()
    {
        var series = new List<LabelSet>();
        for (var i = 0; i < 1000; i++)
            series.Add(LabelSet.FromStrings(("job", i < 5 ? "small" : "large"), ("pod", $"pod-{i:D4}")));
        var index = new NaiveIndex(series);
        var refs = PostingsSelector.Select(index, [Parse("pod=~pod-.*[24]"), Parse("job=small")]);
        Assert.Equal([2, 4], index.NumbersOf(refs));
        Assert.Equal(5, index.LabelReads);
    }

    /// <summary>Reads "name op value" without spaces.</summary>
    private static Matcher Parse(string text)
    {
        var at = text.IndexOfAny(['=', '!']);
        var length = at + 1 < text.Length && text[at + 1] is '=' or '~' ? 2 : 1;
        if (text[at] == '=' && length == 2 && text[at + 1] == '=') length = 1;
        var type = text.Substring(at, length) switch
        {
            "=" => MatchType.Equal,
            "!=" => MatchType.NotEqual,
            "=~" => MatchType.Regex,
            _ => MatchType.NotRegex,
        };
        var value = Encoding.UTF8.GetBytes(text[(at + length)..]);
        Assert.True(Matcher.TryCreate(type, Encoding.UTF8.GetBytes(text[..at]), value, out var matcher, out var error), error);
        return matcher;
    }
}
