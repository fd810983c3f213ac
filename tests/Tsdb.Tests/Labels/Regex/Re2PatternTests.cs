using System.Text;
using System.Text.Json;
using TestKit;
using Tsdb.Labels.Regex;

namespace Tsdb.Tests.Labels.Regex;

public class Re2PatternTests
{
    [Fact]
    public void IsMatch_GoldenPatterns_AsGo()
    {
        var inputs = new List<byte[]>();
        foreach (var path in Golden.Files("hashring", "regex-inputs.jsonl"))
        {
            foreach (var line in Golden.Lines(path))
            {
                using var json = JsonDocument.Parse(line);
                var value = json.RootElement.GetProperty("value");
                inputs.Add(json.RootElement.GetProperty("enc").GetString() == "base64"
                    ? value.GetBytesFromBase64()
                    : Encoding.UTF8.GetBytes(value.GetString()!));
            }
        }
        var cases = 0;
        foreach (var path in Golden.Files("hashring", "regex.jsonl"))
        {
            foreach (var line in Golden.Lines(path))
            {
                using var json = JsonDocument.Parse(line);
                CheckGolden(json.RootElement, inputs);
                cases++;
            }
        }
        Assert.True(cases > 0, "no golden patterns");
    }

    [Theory]
    [InlineData("a{0,2}b", "b,ab,aab", "aaab,a")]
    [InlineData("a{2,}", "aa,aaa", "a,")]
    [InlineData("(?:ab){2}c?", "abab,ababc", "ab,ababab")]
    [InlineData("[^a-c]x", "dx,\nx,日x", "ax,x")]
    [InlineData("\\w+\\b.*\\bz", "a z,a.z,a--b z", "az,z")]
    [InlineData("a\\Bb", "ab", "a b,a")]
    [InlineData("(?m)a$.^b", "a\nb", "ab,a\n\nb")]
    [InlineData("(?m:^)a|(?-s).b", "a,xb", "\nb,\na")]
    [InlineData("(?i:a)b", "ab,Ab", "AB,aB")]
    [InlineData("(?i)[^k]", "a,ſ", "k,K,\u212A")]
    [InlineData("(?i)\\x{3c3}\\p{Lu}", "ςx,ΣX,σé", "σ1")]
    [InlineData("(?i)straße", "STRAẞE,Straße", "STRASSE")]
    [InlineData("[[:^digit:]]\\PN", "ab,日本", "1b,a1")]
    [InlineData("x*y*z*.", "xxyz,a,xyz!,zz", "ab,")]
    [InlineData("(a|ab)(c|bcd)(d*)", "abcd,acdd,abc", "ab,abd")]
    [InlineData("\\Qa.b\\E+", "a.b,a.bbb", "axb,a.ba.b")]
    [InlineData(".{2}", "日本,ab,😀x", "日,abc,\n")]
    [InlineData("a.+.+b", "axxb,a日本b", "axb,a日b")]
    [InlineData("é.*", "é,éx", "e,x\u00E9")]
    public void IsMatch_Pattern_WholeTextOnly(string pattern, string matching, string failing)
    {
        var compiled = Parse(pattern);
        foreach (var text in matching.Split(','))
            Assert.True(compiled.IsMatch(Encoding.UTF8.GetBytes(text)), $"{pattern} on {text}");
        foreach (var text in failing.Split(','))
            Assert.False(compiled.IsMatch(Encoding.UTF8.GetBytes(text)), $"{pattern} on {text}");
    }

    [Fact]
    public void IsMatch_InvalidUtf8_EachByteIsOneReplacementCharacter()
    {
        byte[] cut = [0xE6, 0x97]; // The first two bytes of a three-byte character.
        Assert.True(Parse("..").IsMatch(cut));
        Assert.False(Parse(".").IsMatch(cut));
        Assert.True(Parse("\\x{FFFD}{2}").IsMatch(cut));
        Assert.True(Parse("\uFFFD\uFFFD").IsMatch(cut));
        Assert.True(Parse("[^a]\\PL").IsMatch(cut));
        Assert.False(Parse("\\xe6\\x97").IsMatch(cut));
        Assert.True(Parse(".").IsMatch("\uFFFD"u8));
    }

    [Theory]
    [InlineData("\\", "trailing backslash at end of expression: ``")]
    [InlineData("\\Qab", "missing closing ): `^(?s:\\Qab)$`")]
    [InlineData("a)(b", "unexpected ): `a)(b`")]
    [InlineData("(?i", "invalid or unsupported Perl syntax: `(?i`")]
    [InlineData("(?i-)a", "invalid or unsupported Perl syntax: `(?i-)`")]
    [InlineData("a*+", "invalid nested repetition operator: `*+`")]
    [InlineData("((a{10}){10}){11}", "invalid repeat count: `{11}`")]
    [InlineData("[b-a]", "invalid character class range: `b-a`")]
    [InlineData("[[:nope:]]", "invalid character class range: `[:nope:]`")]
    [InlineData("\\p{", "invalid character class range: `\\p{`")]
    [InlineData("(?P<n", "invalid named capture: `(?P<n`")]
    [InlineData("(?<1-2>a)", "invalid named capture: `(?<1-2>`")]
    public void TryParse_Refused_ErrorAsGo(string pattern, string error)
    {
        Assert.Null(Re2Pattern.TryParse(Encoding.UTF8.GetBytes(pattern), out var text));
        Assert.Equal("error parsing regexp: " + error, text);
    }

    [Fact]
    public void TryParse_BeyondLimits_Refused()
    {
        var deep = new string('(', 1500) + new string(')', 1500);
        Assert.Null(Re2Pattern.TryParse(Encoding.UTF8.GetBytes(deep), out var error));
        Assert.StartsWith("error parsing regexp: expression nests too deeply: `", error, StringComparison.Ordinal);
        var large = "(?:" + new string('.', 5000) + "){1000}";
        Assert.Null(Re2Pattern.TryParse(Encoding.UTF8.GetBytes(large), out error));
        Assert.StartsWith("error parsing regexp: expression too large: `", error, StringComparison.Ordinal);
        Assert.Null(Re2Pattern.TryParse([(byte)'a', 0xFF], out error));
        Assert.StartsWith("error parsing regexp: invalid UTF-8: `", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_HundredThousandOpenGroups_ErrorNotOverflow()
    {
        var open = Encoding.UTF8.GetBytes(new string('(', 100_000));
        Assert.Null(Re2Pattern.TryParse(open, out var error));
        Assert.StartsWith("error parsing regexp: missing closing ): ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(x+x+)+y")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*)*x(.*)*y(.*)*z")]
    [InlineData("(?:a?){50}a{50}b")]
    public void IsMatch_PatternsThatDefeatBacktracking_Linear(string pattern)
    {
        var text = Encoding.UTF8.GetBytes(new string('x', 25_000) + new string('a', 25_000));
        Assert.False(Parse(pattern).IsMatch(text)); // Exponential engines never return.
    }

    [Fact]
    public void IsMatch_MoreStatesThanTheTableHolds_SimulatedToTheSameResult()
    {
        // "The 16th character from the end is an a": 2^16 states, which the bound on cells does not admit.
        var pattern = Parse("[ab]*a[ab]{15}");
        const int Seed = 20260131;
        var random = new Random(Seed);
        for (var round = 0; round < 200; round++)
        {
            var text = new byte[1000 + round];
            for (var i = 0; i < text.Length; i++) text[i] = (byte)('a' + random.Next(2));
            Assert.True(pattern.IsMatch(text) == (text[^16] == 'a'), $"seed {Seed}, round {round}");
        }
    }

    [Fact]
    public void IsMatch_ManyThreadsOnAColdAutomaton_AllAgree()
    {
        var pattern = Parse("(?:[a-z]+[0-9]){3,9}-\\w+");
        Parallel.For(0, 2000, i =>
        {
            var text = Encoding.UTF8.GetBytes($"abc1d2efg3{(i % 2 == 0 ? "x4" : "")}-node{i}");
            Assert.True(pattern.IsMatch(text));
            Assert.False(pattern.IsMatch(text.AsSpan(0, 8)));
        });
    }

    [Theory]
    [InlineData("foo|bar|foo", "bar,foo")]
    [InlineData("(prod|dev)-(eu|us)", "dev-eu,dev-us,prod-eu,prod-us")]
    [InlineData("[ab]1?", "a,a1,b,b1")]
    [InlineData("(?i)ab", "AB,Ab,aB,ab")]
    [InlineData("", "")]
    [InlineData("a|", ",a")]
    public void Texts_FiniteLanguage_Listed(string pattern, string texts)
    {
        var listed = new List<string>();
        foreach (var text in Parse(pattern).Texts!) listed.Add(Encoding.UTF8.GetString(text));
        Assert.Equal(texts, string.Join(',', listed));
    }

    [Theory]
    [InlineData("a.*")]
    [InlineData("\\bfoo")]
    [InlineData("\\x{FFFD}")]
    [InlineData("a\\PL")]
    public void Texts_EndlessOrUnsure_Null(string pattern) => Assert.Null(Parse(pattern).Texts);

    [Theory]
    [InlineData("foo.*", "foo")]
    [InlineData("^foo[a-z]+", "foo")]
    [InlineData("(?:日本)x*", "日本")]
    [InlineData("(?i)foo.*", "")]
    [InlineData("foo*", "fo")]
    public void Prefix_Pattern_LongestCommonLiteral(string pattern, string prefix) =>
        Assert.Equal(prefix, Encoding.UTF8.GetString(Parse(pattern).Prefix));

    private static Re2Pattern Parse(string pattern)
    {
        var compiled = Re2Pattern.TryParse(Encoding.UTF8.GetBytes(pattern), out var error);
        Assert.Equal("", error);
        return compiled!;
    }

    private static void CheckGolden(JsonElement golden, List<byte[]> inputs)
    {
        var regex = golden.GetProperty("regex").GetString()!;
        var pattern = Re2Pattern.TryParseAnchored(Encoding.UTF8.GetBytes($"^(?s:{regex})$"), out var error);
        Assert.True((golden.GetProperty("error").GetString() ?? "") == error, $"{regex}: {error}");
        if (pattern is null) return;
        var expected = new HashSet<int>();
        if (golden.TryGetProperty("matches", out var matches) && matches.ValueKind == JsonValueKind.Array)
        {
            foreach (var match in matches.EnumerateArray()) expected.Add(match.GetProperty("input").GetInt32());
        }
        for (var i = 0; i < inputs.Count; i++)
            Assert.True(pattern.IsMatch(inputs[i]) == expected.Contains(i), $"{regex} on {Encoding.UTF8.GetString(inputs[i])}");
    }
}
