using System.Text;
using System.Text.RegularExpressions;
using Tsdb.Labels.Regex;

namespace Tsdb.Tests.Labels.Regex;

public class RandomPatternTests
{
    private static readonly string[] Atoms =
        ["a", "b", "é", ".", "[ab]", "[^a]", "(?i:A)", "^", "$", "\\b", "\\B", "ab", "", "\\d", "0"];
    private static readonly string[] Suffixes = ["", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"];

    /// <summary>On syntax that means the same to both, the runtime's engine is a second opinion.</summary>
    [Fact]
    public void IsMatch_RandomPatterns_AsTheRuntimesEngine()
    {
        const int Seed = 99;
        var random = new Random(Seed);
        for (var round = 0; round < 1500; round++)
        {
            var source = Pattern(random, 3);
            var compiled = Re2Pattern.TryParse(Encoding.UTF8.GetBytes(source), out var error);
            if (compiled is null)
            {
                // Patterns such as ** are refused; the mix above makes no other mistakes.
                Assert.Contains("repe", error, StringComparison.Ordinal);
                continue;
            }
            // Texts are ASCII, where \d and \b mean the same to both; $ would also match before a last line feed.
            var options = RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            var anchored = $"^(?:{source.Replace("$", "\\z", StringComparison.Ordinal)})\\z";
            var twin = new System.Text.RegularExpressions.Regex(anchored, options);
            for (var i = 0; i < 20; i++)
            {
                var text = Text(random);
                Assert.True(
                    twin.IsMatch(text) == compiled.IsMatch(Encoding.UTF8.GetBytes(text)),
                    $"seed {Seed}, round {round}: {source} on '{text}'");
            }
        }
    }

    private static string Pattern(Random random, int depth)
    {
        var pattern = new StringBuilder();
        for (var parts = 1 + random.Next(3); parts > 0; parts--)
        {
            var atom = depth > 0 && random.Next(3) == 0 ? $"({Pattern(random, depth - 1)})" : Atoms[random.Next(Atoms.Length)];
            var isAssertion = atom is "^" or "$" or "\\b" or "\\B" or "";
            pattern.Append(atom).Append(isAssertion ? "" : Suffixes[random.Next(Suffixes.Length)]);
            if (random.Next(4) == 0) pattern.Append('|');
        }
        return pattern.ToString();
    }

    private static string Text(Random random)
    {
        var text = new char[random.Next(6)];
        for (var i = 0; i < text.Length; i++) text[i] = "aabA0\n- "[random.Next(8)];
        return new string(text);
    }
}
