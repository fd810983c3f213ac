using System.Text;
using System.Text.Json;
using Receiver.Shipping;

namespace Receiver.Tests.Shipping;

public sealed class GoJsonTests
{
    [Theory]
    [InlineData("plain ü 漢 😀 \u007f", "\"plain ü 漢 😀 \u007f\"")]
    [InlineData("<a&b>", "\"\\u003ca\\u0026b\\u003e\"")]
    [InlineData("\"\\/", "\"\\\"\\\\/\"")]
    [InlineData("\b\f\n\r\t\u0001\u001f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\"")]
    [InlineData("\u2028\u2029", "\"\\u2028\\u2029\"")]
    public void Text_SpecialCharacters_AreEscapedAsGoDoes(string text, string expected) =>
        Assert.Equal(expected + "\n", Encoding.UTF8.GetString(new GoJson().Text(text).ToFile()));

    [Fact]
    public void Text_InvalidUtf8_BecomesAReplacementPerByte() =>
        Assert.Equal(
            "\"a\\ufffd\\ufffdb\"\n", Encoding.UTF8.GetString(new GoJson().Text([(byte)'a', 0xe6, 0xbc, (byte)'b']).ToFile()));

    [Fact]
    public void Copy_AnyJson_IsIndentedAndKeepsNumbers()
    {
        using var document = JsonDocument.Parse("""{"a":[1,2.50,1e3,-0],"b":{},"c":[],"d":null,"e":true,"f":[{"g":"<"}]}""");
        const string Expected =
            "{\n\t\"a\": [\n\t\t1,\n\t\t2.50,\n\t\t1e3,\n\t\t-0\n\t],\n\t\"b\": {},\n"
            + "\t\"c\": [],\n\t\"d\": null,\n\t\"e\": true,\n"
            + "\t\"f\": [\n\t\t{\n\t\t\t\"g\": \"\\u003c\"\n\t\t}\n\t]\n}\n";
        Assert.Equal(Expected, Encoding.UTF8.GetString(new GoJson().Copy(document.RootElement).ToFile()));
    }
}
