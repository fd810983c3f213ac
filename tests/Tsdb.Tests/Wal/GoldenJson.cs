using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Tests.Wal;

/// <summary>Reads the golden files' JSON conventions: 64-bit integers as strings, floats as bits, invalid UTF-8 as hex.</summary>
internal static class GoldenJson
{
    public static byte[] Hex(JsonNode? node) => Convert.FromHexString(Text(node));

    public static string Text(JsonNode? node) => node!.GetValue<string>();

    public static long Int64(JsonNode? node) => long.Parse(Text(node), CultureInfo.InvariantCulture);

    public static ulong UInt64(JsonNode? node) => ulong.Parse(Text(node), CultureInfo.InvariantCulture);

    public static ulong Bits(JsonNode? node) =>
        ulong.Parse(Text(node).AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static byte[] Bytes(JsonNode? node)
    {
        var text = Text(node);
        var isHex = text.StartsWith("\0hex:", StringComparison.Ordinal);
        return isHex ? Convert.FromHexString(text.AsSpan(5)) : Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Labels in stored order, encoded.</summary>
    public static byte[] Labels(JsonNode? node)
    {
        using var encoded = new ByteBuffer();
        var pairs = node as JsonArray ?? [];
        encoded.WriteUvarint((ulong)pairs.Count);
        foreach (var pair in pairs)
        {
            encoded.WriteString(Bytes(pair![0]));
            encoded.WriteString(Bytes(pair[1]));
        }
        return encoded.Written.ToArray();
    }

    public static HistogramSample Histogram(JsonNode node)
    {
        var isFloat = Text(node["k"]) == "f";
        var histogram = new HistogramSample
        {
            IsFloat = isFloat,
            Hint = (CounterResetHint)node["hint"]!.GetValue<int>(),
            Schema = node["schema"]!.GetValue<int>(),
            ZeroThresholdBits = Bits(node["zt"]),
            ZeroCount = isFloat ? Bits(node["zc"]) : UInt64(node["zc"]),
            Count = isFloat ? Bits(node["count"]) : UInt64(node["count"]),
            SumBits = Bits(node["sum"]),
        };
        Spans(node["ps"], histogram.PositiveSpans);
        Spans(node["ns"], histogram.NegativeSpans);
        Buckets(node["pb"], histogram.PositiveBuckets, isFloat);
        Buckets(node["nb"], histogram.NegativeBuckets, isFloat);
        foreach (var bound in node["cv"] as JsonArray ?? []) histogram.CustomBounds.Add(Bits(bound));
        return histogram;
    }

    private static void Buckets(JsonNode? node, List<ulong> buckets, bool isFloat)
    {
        foreach (var bucket in (JsonArray)node!) buckets.Add(isFloat ? Bits(bucket) : (ulong)Int64(bucket));
    }

    private static void Spans(JsonNode? node, List<BucketSpan> spans)
    {
        foreach (var span in (JsonArray)node!)
            spans.Add(new BucketSpan(span![0]!.GetValue<int>(), span[1]!.GetValue<uint>()));
    }
}
