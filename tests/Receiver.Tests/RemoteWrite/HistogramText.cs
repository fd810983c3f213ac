using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Tsdb.Chunks;

namespace Receiver.Tests.RemoteWrite;

/// <summary>Native histograms as text, from memory and from the two kinds of recordings.</summary>
internal static class HistogramText
{
    public static string Of(HistogramSample sample)
    {
        var text = new StringBuilder($"{(sample.IsFloat ? "float" : "int")} {sample.Schema} {sample.ZeroThresholdBits:x16}");
        text.Append(CultureInfo.InvariantCulture, $" {sample.ZeroCount:x} {sample.Count:x} {sample.SumBits:x16}");
        foreach (var spans in new[] { sample.PositiveSpans, sample.NegativeSpans })
        {
            text.Append(" |");
            foreach (var span in spans) text.Append(CultureInfo.InvariantCulture, $" {span.Offset}+{span.Length}");
        }
        foreach (var numbers in new[] { sample.PositiveBuckets, sample.NegativeBuckets, sample.CustomBounds })
        {
            text.Append(" |");
            foreach (var number in CollectionsMarshal.AsSpan(numbers)) text.Append(CultureInfo.InvariantCulture, $" {number:x}");
        }
        return text.ToString();
    }

    /// <summary>From decoded.jsonl (count_kind) or stored.jsonl (kind).</summary>
    public static string Of(JsonElement json)
    {
        var isFloat = (json.TryGetProperty("kind", out var kind) ? kind : json.GetProperty("count_kind")).GetString()!
            .EndsWith("float", StringComparison.Ordinal);
        var sample = new HistogramSample
        {
            IsFloat = isFloat,
            Schema = json.GetProperty("schema").GetInt32(),
            ZeroThresholdBits = Number(json.GetProperty("zero_threshold")),
            ZeroCount = Number(json.GetProperty("zero_count")),
            Count = Number(json.GetProperty("count")),
            SumBits = Number(json.GetProperty("sum")),
        };
        Spans(json.GetProperty("positive_spans"), sample.PositiveSpans);
        Spans(json.GetProperty("negative_spans"), sample.NegativeSpans);
        var buckets = isFloat ? "counts" : "deltas";
        Numbers(json.GetProperty("positive_" + buckets), isFloat, sample.PositiveBuckets);
        Numbers(json.GetProperty("negative_" + buckets), isFloat, sample.NegativeBuckets);
        Numbers(json.GetProperty("custom_values"), isBits: true, sample.CustomBounds);
        return Of(sample);
    }

    private static void Spans(JsonElement json, List<BucketSpan> to)
    {
        foreach (var span in json.EnumerateArray()) to.Add(new BucketSpan(span[0].GetInt32(), span[1].GetUInt32()));
    }

    private static void Numbers(JsonElement json, bool isBits, List<ulong> to)
    {
        foreach (var number in json.EnumerateArray())
            to.Add(isBits && number.ValueKind == JsonValueKind.String ? Bits(number) : Number(number));
    }

    // Floats are objects with their bits, integers decimal strings; null is a union that is not there.
    private static ulong Number(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Bits(json.GetProperty("bits")),
        JsonValueKind.Null => 0,
        _ => json.GetString()!.StartsWith('-')
            ? (ulong)long.Parse(json.GetString()!, CultureInfo.InvariantCulture)
            : ulong.Parse(json.GetString()!, CultureInfo.InvariantCulture),
    };

    private static ulong Bits(JsonElement json) =>
        ulong.Parse(json.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
