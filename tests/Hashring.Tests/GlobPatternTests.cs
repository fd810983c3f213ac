using System.Text;

namespace Hashring.Tests;

public sealed class GlobPatternTests
{
    [Fact]
    public void Match_GoldenPairs_AgreesOnMatchAndError()
    {
        foreach (var record in GoldenData.Records("glob-match*.jsonl"))
        {
            var (pattern, name) = (GoldenData.Text(record, "pattern"), GoldenData.Text(record, "name"));
            var expected = GoldenData.Text(record, "error").Length > 0 ? GlobResult.BadPattern
                : record.GetProperty("match").GetBoolean() ? GlobResult.Match : GlobResult.NoMatch;
            var actual = GlobPattern.Match(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(name));
            Assert.True(expected == actual, $"{pattern} on {name}: {actual}");
        }
    }
}
