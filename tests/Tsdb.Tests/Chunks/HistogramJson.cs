using System.Text;
using System.Text.Json;
using Tsdb.Chunks;

namespace Tsdb.Tests.Chunks;

/// <summary>Histograms between golden JSON and memory.</summary>
internal static class HistogramJson
{
    public static HistogramSample Read(JsonElement json)
    {
        var isFloat = json.GetProperty("k").GetString() == "f";
        var sample = new HistogramSample
        {
            IsFloat = isFloat,
            Hint = (CounterResetHint)json.GetProperty("hint").GetInt32(),
            Schema = json.GetProperty("schema").GetInt32(),
            ZeroThresholdBits = Bits(json.GetProperty("zt")),
            ZeroCount = Number(json.GetProperty("zc"), isFloat),
            Count = Number(json.GetProperty("count"), isFloat),
            SumBits = Bits(json.GetProperty("sum")),
        };
        ReadSpans(json, "ps", sample.PositiveSpans);
        ReadSpans(json, "ns", sample.NegativeSpans);
        foreach (var bucket in Items(json, "pb")) sample.PositiveBuckets.Add(Number(bucket, isFloat));
        foreach (var bucket in Items(json, "nb")) sample.NegativeBuckets.Add(Number(bucket, isFloat));
        foreach (var bound in Items(json, "cv")) sample.CustomBounds.Add(Bits(bound));
        return sample;
    }

    /// <summary>Everything a sample holds as text, to compare two.</summary>
    public static string Describe(HistogramSample sample)
    {
        var text = new StringBuilder($"{sample.IsFloat} {sample.Hint} {sample.Schema} {sample.ZeroThresholdBits:x} ");
        text.Append($"{sample.ZeroCount:x} {sample.Count:x} {sample.SumBits:x}");
        text.Append(" p").AppendJoin(',', sample.PositiveSpans).AppendJoin(',', sample.PositiveBuckets);
        text.Append(" n").AppendJoin(',', sample.NegativeSpans).AppendJoin(',', sample.NegativeBuckets);
        return text.Append(" b").AppendJoin(',', sample.CustomBounds).ToString();
    }

    private static void ReadSpans(JsonElement json, string name, List<BucketSpan> spans)
    {
        foreach (var span in Items(json, name)) spans.Add(new BucketSpan(span[0].GetInt32(), span[1].GetUInt32()));
    }

    private static IEnumerable<JsonElement> Items(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array) yield break;
        foreach (var item in list.EnumerateArray()) yield return item;
    }

    private static ulong Number(JsonElement json, bool isFloat)
    {
        if (isFloat) return Bits(json);
        var text = json.GetString()!;
        return text.StartsWith('-') ? (ulong)long.Parse(text) : ulong.Parse(text);
    }

    private static ulong Bits(JsonElement json) => Convert.ToUInt64(json.GetString()![..16], 16);
}
