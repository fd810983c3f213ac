using Receiver.Grpc;

namespace Receiver.Tests.Grpc;

public class GrpcTextTests
{
    [Theory]
    [InlineData("5S", 5_000_000)]
    [InlineData("4999876u", 4_999_876)]
    [InlineData("120000m", 120_000_000)]
    [InlineData("1H", 3_600_000_000)]
    [InlineData("2M", 120_000_000)]
    [InlineData("0n", 0)]
    [InlineData("99999999S", 99_999_999_000_000)]
    public void Timeout_Valid_Parses(string text, long microseconds)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout, out _));
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), timeout);
    }

    [Theory]
    [InlineData("abc", "transport: timeout unit is not recognized: \"abc\"")]
    [InlineData("S", "transport: timeout string is too short: \"S\"")]
    [InlineData("", "transport: timeout string is too short: \"\"")]
    [InlineData("123456789S", "transport: timeout string is too long: \"123456789S\"")]
    [InlineData("-1S", "strconv.ParseUint: parsing \"-1\": invalid syntax")]
    public void Timeout_Malformed_SaysWhy(string text, string expected)
    {
        Assert.False(GrpcTimeout.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Timeout_Formatted_IsTheFinestUnitOfEightDigitsAndNeverShorter()
    {
        Assert.Equal("5000000u", GrpcTimeout.Format(TimeSpan.FromSeconds(5)));
        Assert.Equal("120000m", GrpcTimeout.Format(TimeSpan.FromMinutes(2)));
        Assert.Equal("100n", GrpcTimeout.Format(TimeSpan.FromTicks(1)));
        Assert.Equal("0n", GrpcTimeout.Format(TimeSpan.FromSeconds(-1)));
        const int seed = 5;
        var random = new Random(seed);
        for (var i = 0; i < 1000; i++)
        {
            var timeout = TimeSpan.FromTicks((long)Math.Pow(10, random.NextDouble() * 18));
            Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(timeout), out var parsed, out _));
            Assert.True(parsed >= timeout && parsed.Ticks <= (timeout.Ticks * 1.001) + 10,
                $"{timeout} became {parsed}, seed {seed}");
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("ü\n", "%C3%BC%0A")]
    [InlineData("\U0001F600", "%F0%9F%98%80")]
    public void StatusText_Encoded_DecodesToItself(string text, string encoded)
    {
        Assert.Equal(encoded, StatusText.Encode(text));
        Assert.Equal(text, StatusText.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    public void StatusText_InvalidEscape_StaysAsItIs(string encoded, string expected) =>
        Assert.Equal(expected, StatusText.Decode(encoded));

    [Fact]
    public void Status_Printed_IsWhatGoPrints() =>
        Assert.Equal("rpc error: code = Canceled desc = x", new GrpcStatus(GrpcCode.Cancelled, "x").ToString());
}
