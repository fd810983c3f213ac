using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Receiver.Shipping;

/// <summary>
/// Writes JSON byte for byte as Go's encoder does with tab indentation, so that readers and checksums see no difference.
/// </summary>
/// <remarks>
/// Members on lines of their own, empty containers closed at once, '&lt;', '&gt;' and '&amp;' escaped. Source: Go encoding/json.
/// </remarks>
internal sealed class GoJson
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _depth;
    private bool _empty = true; // No member in the current container yet.
    private bool _named; // A name was written and waits for its value.

    /// <summary>What was written, with the newline that ends every such file.</summary>
    public byte[] ToFile() => [.. _output.WrittenSpan, (byte)'\n'];

    public GoJson BeginObject() => Begin((byte)'{');

    public GoJson EndObject() => End((byte)'}');

    public GoJson BeginArray() => Begin((byte)'[');

    public GoJson EndArray() => End((byte)']');

    public GoJson Name(ReadOnlySpan<byte> name)
    {
        NextMember();
        WriteQuoted(name);
        _output.Write(": "u8);
        _named = true;
        return this;
    }

    public GoJson Text(ReadOnlySpan<byte> value)
    {
        NextMember();
        WriteQuoted(value);
        return this;
    }

    public GoJson Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    public GoJson Number(long value) => Raw(value.ToString(CultureInfo.InvariantCulture));

    public GoJson Null() => Raw("null");

    /// <summary>Copies a value, re-indented; numbers keep their digits.</summary>
    public GoJson Copy(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                BeginObject();
                foreach (var member in value.EnumerateObject()) Name(Encoding.UTF8.GetBytes(member.Name)).Copy(member.Value);
                return EndObject();
            case JsonValueKind.Array:
                BeginArray();
                foreach (var item in value.EnumerateArray()) Copy(item);
                return EndArray();
            case JsonValueKind.String: return Text(value.GetString()!);
            default: return Raw(value.GetRawText());
        }
    }

    private GoJson Raw(string literal)
    {
        NextMember();
        Write(literal);
        return this;
    }

    private GoJson Begin(byte bracket)
    {
        NextMember();
        _output.Write([bracket]);
        _depth++;
        _empty = true;
        return this;
    }

    private GoJson End(byte bracket)
    {
        _depth--;
        if (!_empty) NewLine();
        _output.Write([bracket]);
        _empty = false;
        return this;
    }

    private void NextMember()
    {
        if (_named) { _named = false; return; }
        if (_depth == 0) return;
        if (!_empty) _output.Write(","u8);
        NewLine();
        _empty = false;
    }

    private void NewLine()
    {
        _output.Write("\n"u8);
        for (var i = 0; i < _depth; i++) _output.Write("\t"u8);
    }

    private void Write(string ascii) => Encoding.ASCII.GetBytes(ascii, _output);

    private void WriteQuoted(ReadOnlySpan<byte> utf8)
    {
        _output.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(utf8, out var rune, out var length);
            if (status != OperationStatus.Done) Write("\\ufffd");
            else if (Escape(rune.Value) is { } escape) Write(escape);
            else _output.Write(utf8[..length]);
            // Go replaces each byte that begins no valid sequence by itself.
            utf8 = utf8[(status == OperationStatus.Done ? length : 1)..];
        }
        _output.Write("\""u8);
    }

    private static string? Escape(int rune) => rune switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' or '<' or '>' or '&' or 0x2028 or 0x2029 => $"\\u{rune:x4}",
        _ => null,
    };
}
