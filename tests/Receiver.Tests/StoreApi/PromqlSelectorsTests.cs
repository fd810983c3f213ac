using System.Text;
using Receiver.StoreApi;

namespace Receiver.Tests.StoreApi;

public class PromqlSelectorsTests
{
    [Theory]
    [InlineData("up", "__name__=up")]
    [InlineData("up{job=\"a\", x!='b',}", "__name__=up,job=a,x!=b")]
    [InlineData("{\"up\", \"my label\"=~`a\\d`}", "__name__=up,my label=~a\\d")]
    [InlineData("sum by (le, job) (rate(a_bucket{z!~\"q\"}[5m:1m] offset 1h)) / on(job) group_left count(b)",
        "__name__=a_bucket,z!~q | __name__=b")]
    [InlineData("sum(a) without (b) and c or 1.5e-3 * d @ start() # {e}", "__name__=a | __name__=c | __name__=d")]
    [InlineData("label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\") > bool -Inf", "__name__=x")]
    [InlineData("{a=\"\\x41\\u00e4\\n\\\"\"}", "a=Aä\n\"")]
    [InlineData("sum", "__name__=sum")]
    [InlineData("histogram_quantile(0.9, sum by(le)(x:y:z))", "__name__=x:y:z")]
    [InlineData("1 + 2", "")]
    public void TryRead_Expression_FindsItsSelectors(string text, string expected)
    {
        Assert.True(PromqlSelectors.TryRead(text, out var selectors, out var error), error);
        var found = new List<string>();
        foreach (var selector in selectors)
        {
            var matchers = new List<string>();
            foreach (var matcher in selector)
            {
                var sign = ((ReadOnlySpan<string>)["=", "!=", "=~", "!~"])[(int)matcher.Type];
                matchers.Add($"{Encoding.UTF8.GetString(matcher.Name)}{sign}{Encoding.UTF8.GetString(matcher.Value)}");
            }
            found.Add(string.Join(',', matchers));
        }
        Assert.Equal(expected, string.Join(" | ", found));
    }

    [Theory]
    [InlineData("", "unknown position: parse error: no expression found in input")]
    [InlineData("{", "1:2: parse error: unexpected end of input inside braces")]
    [InlineData("sum(", "1:5: parse error: unclosed left parenthesis")]
    [InlineData("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("\nup{a=\"b}", "2:6: parse error: unterminated quoted string")]
    [InlineData("up)", "1:3: parse error: unexpected right parenthesis ')'")]
    [InlineData("up{a b}", "1:6: parse error: unexpected input inside braces")]
    [InlineData("up[5m", "1:6: parse error: unexpected end of input in duration expression")]
    public void TryRead_Broken_SaysWhere(string text, string expected)
    {
        Assert.False(PromqlSelectors.TryRead(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void TryRead_AnyPrefixOfAnExpression_Ends()
    {
        const string Text = "sum by (a) (x{b=~\"c|d\", \"e\"!='f'}[5m]) / {\"g\"} # h\n + `i` + \"\\u00e4\\x41\" - 1e+5";
        for (var length = 0; length <= Text.Length; length++) PromqlSelectors.TryRead(Text[..length], out _, out _);
    }
}
