using System.Globalization;
using System.Text.Json;
using Receiver.Options;
using Receiver.Options.Values;
using TestKit;
using Tsdb;

namespace Receiver.Tests.Options;

public class FlagValueTests
{
    public static TheoryData<string> GoldenRecords()
    {
        var records = new TheoryData<string>();
        foreach (var file in Golden.Files("hashring", "flag-values*.jsonl"))
        {
            foreach (var line in Golden.Lines(file)) records.Add(line);
        }
        return records;
    }

    [Theory]
    [MemberData(nameof(GoldenRecords))]
    public void Parse_RecordedValue_GivesWhatUpstreamGives(string record)
    {
        using var json = JsonDocument.Parse(record);
        var root = json.RootElement;
        var (type, input) = (root.GetProperty("type").GetString()!, root.GetProperty("input").GetString()!);
        var expectedError = root.GetProperty("error").GetString();
        var (error, value) = Parse(type, input);
        Assert.Equal(expectedError, error);
        if (expectedError is null && value is not null)
            Assert.Equal(Expected(root), value);
    }

    [Theory]
    [InlineData("a=\"b\"", "a", "b")]
    [InlineData("a=`b\"c`", "a", "b\"c")]
    [InlineData("a='x'", "a", "x")]
    [InlineData("a=\"x=y\"", "a", "x=y")]
    [InlineData("föö.bar=\"\\u00e4\\n\\x41\\101\"", "föö.bar", "ä\nAA")]
    public void Label_GoLiteral_IsUnquoted(string text, string name, string value)
    {
        Assert.Null(LabelFlag.TryParse(text, out var label));
        Assert.Equal((name, value), label);
    }

    [Theory]
    [InlineData("foo", "unrecognized label \"foo\"")]
    [InlineData("\"b\"", "unrecognized label \"\\\"b\\\"\"")]
    [InlineData("=\"b\"", "unsupported format for label ")]
    [InlineData("a=b", "unquote label value: invalid syntax")]
    [InlineData("a='xy'", "unquote label value: invalid syntax")]
    [InlineData("a=\"x", "unquote label value: invalid syntax")]
    [InlineData("a=\"\\q\"", "unquote label value: invalid syntax")]
    [InlineData("a=\"\\xff\"", "unquote label value: invalid syntax")]
    public void Label_Broken_SaysWhy(string text, string error) => Assert.Equal(error, LabelFlag.TryParse(text, out _));

    [Theory]
    [InlineData("segment", WalFsync.Segment, 1000)]
    [InlineData("commit", WalFsync.Commit, 1000)]
    [InlineData("interval=250ms", WalFsync.Interval, 250)]
    public void WalFsync_Policy_IsRead(string text, WalFsync policy, int intervalMs)
    {
        Assert.Null(WalFsyncFlag.TryParse(text, out var actual, out var interval));
        Assert.Equal((policy, TimeSpan.FromMilliseconds(intervalMs)), (actual, interval));
    }

    [Theory]
    [InlineData("")]
    [InlineData("always")]
    [InlineData("interval=")]
    [InlineData("interval=0")]
    public void WalFsync_Nonsense_IsRefused(string text) => Assert.NotNull(WalFsyncFlag.TryParse(text, out _, out _));

    private static (string? Error, string? Value) Parse(string type, string input)
    {
        switch (type)
        {
            case "model-duration":
                return (ModelDuration.TryParse(input, out var model), Text(model));
            case "go-duration":
                return (GoDuration.TryParse(input, out var go), Text(go));
            case "bytes":
                return (ByteSize.TryParse(input, out var bytes), Text(bytes));
            case "int64":
                return (Number.TryParseInt64(input, out var int64), Text(int64));
            case "int":
                return (Number.TryParseInt(input, out var number), Text(number));
            case "uint64" or "uint":
                return (Number.TryParseUInt64(input, out var unsigned), unsigned.ToString(CultureInfo.InvariantCulture));
        }
        var choice = new Flag("x", FlagKind.Choice, null, "") { Allowed = type["enum ".Length..].Split(',') };
        return (FlagValue.Check(choice, input), null);
    }

    private static string? Expected(JsonElement root)
    {
        foreach (var name in (string[])["nanoseconds", "bytes", "value"])
        {
            if (root.TryGetProperty(name, out var value)) return value.GetString();
        }
        return null;
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
