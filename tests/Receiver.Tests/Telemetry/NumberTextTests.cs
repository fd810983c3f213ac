using System.Globalization;
using System.Text;
using Receiver.Telemetry;
using TestKit;
using Tsdb.Memory;

namespace Receiver.Tests.Telemetry;

public class NumberTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1, "1")]
    [InlineData(-17.25, "-17.25")]
    [InlineData(999999, "999999")]
    [InlineData(1000000, "1e+06")]
    [InlineData(1234567, "1.234567e+06")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(0.000123, "0.000123")]
    [InlineData(1e100, "1e+100")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.Epsilon, "5e-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Write_Value_IsSpelledAsGoDoes(double value, string expected) => Assert.Equal(expected, Spell(value, false));

    [Theory]
    [InlineData(3, "3.0")]
    [InlineData(0, "0.0")]
    [InlineData(0.5, "0.5")]
    [InlineData(1e6, "1e+06")]
    public void Write_OpenMetrics_WholeNumbersGetAPoint(double value, string expected) =>
        Assert.Equal(expected, Spell(value, true));

    [Fact]
    public void Write_EveryNumberOfARecordedScrape_ComesBackUnchanged()
    {
        var seen = 0;
        foreach (var file in Golden.Files("process/metrics", "metrics-at-end*"))
        {
            foreach (var line in Golden.Lines(file))
            {
                if (line.StartsWith('#') || line.Length == 0) continue;
                var text = line[(line.LastIndexOf(' ') + 1)..];
                if (text is "NaN" or "+Inf" or "-Inf") continue;
                Assert.Equal(text, Spell(double.Parse(text, CultureInfo.InvariantCulture), false));
                seen++;
            }
        }
        Assert.True(seen > 0, $"only {seen} numbers found");
    }

    private static string Spell(double value, bool isOpenMetrics)
    {
        using var output = new ByteBuffer();
        NumberText.Write(output, value, isOpenMetrics);
        return Encoding.UTF8.GetString(output.Written);
    }
}
