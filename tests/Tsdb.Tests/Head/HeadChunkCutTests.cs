using System.Globalization;
using System.Text.Json;
using TestKit;
using Tsdb.Head;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

/// <summary>Where chunks are cut and which bytes they have, against series appended to the real head.</summary>
public class HeadChunkCutTests
{
    public static TheoryData<string> Files()
    {
        var files = new TheoryData<string>();
        foreach (var file in Golden.Files("tsdb/chunks", "head-cuts*.jsonl*")) files.Add(Path.GetFileName(file));
        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Append_FloatSeries_CutsWhereTheRealHeadCuts(string file)
    {
        var checkedSeries = 0;
        foreach (var line in Golden.Lines(Golden.Files("tsdb/chunks", file)[0]))
        {
            using var json = JsonDocument.Parse(line);
            var input = json.RootElement.GetProperty("in");
            if (!AllFloats(input)) continue;
            checkedSeries++;
            Check(json.RootElement, input);
        }
        Assert.True(checkedSeries > 0, "no float series in the vectors");
    }

    private static bool AllFloats(JsonElement samples)
    {
        foreach (var sample in samples.EnumerateArray())
            if (sample.ValueKind != JsonValueKind.Array) return false;
        return true;
    }

    private static void Check(JsonElement vector, JsonElement input)
    {
        var range = long.Parse(vector.GetProperty("chunkRange").ToString(), CultureInfo.InvariantCulture);
        using var store = new SeriesStore(range);
        var index = store.Take(new KeyHash(1, 2), 1);
        foreach (var sample in input.EnumerateArray())
        {
            var t = long.Parse(sample[0].GetString()!, CultureInfo.InvariantCulture);
            var bits = ulong.Parse(sample[1].GetString()!.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            ref var series = ref store.Hot[index];
            if (t > series.LastTimestampMs) store.Append(index, ref series, t, bits);
        }
        var expected = new List<string>();
        foreach (var chunk in vector.GetProperty("out").EnumerateArray()) expected.Add(chunk.GetProperty("hex").GetString()!);
        Assert.Equal(expected, Chunks(store, index));
    }

    private static List<string> Chunks(SeriesStore store, uint index)
    {
        ref var hot = ref store.Hot[index];
        ref var cold = ref store.Cold[index];
        var hex = new List<string>();
        store.Blocks.SetCount(cold.FirstBlock, hot.SampleCount);
        hex.Add(Hex(store, cold.FirstBlock, hot.Tail.LengthBytes));
        for (var at = cold.NewestChunk; at != FullChunks.None; at = store.Full[at].Older)
            hex.Insert(0, Hex(store, store.Full[at].FirstBlock, store.Full[at].LengthBytes));
        return hex;
    }

    private static string Hex(SeriesStore store, uint firstBlock, int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        store.Blocks.CopyTo(firstBlock, bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
