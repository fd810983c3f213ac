using System.Globalization;
using System.Text.Json;
using TestKit;
using Tsdb.Head;
using Tsdb.Memory;
using Tsdb.Tests.Chunks;

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
    public void Append_FloatsAndHistograms_CutsWhereTheRealHeadCuts(string file)
    {
        var checkedSeries = 0;
        foreach (var line in Golden.Lines(Golden.Files("tsdb/chunks", file)[0]))
        {
            using var json = JsonDocument.Parse(line);
            checkedSeries++;
            Check(json.RootElement, json.RootElement.GetProperty("in"));
        }
        Assert.True(checkedSeries > 0, "no series in the vectors");
    }

    private static void Check(JsonElement vector, JsonElement input)
    {
        var range = long.Parse(vector.GetProperty("chunkRange").ToString(), CultureInfo.InvariantCulture);
        using var store = new SeriesStore(range);
        var index = store.Take(new KeyHash(1, 2), 1);
        foreach (var sample in input.EnumerateArray())
        {
            var isFloat = sample.ValueKind == JsonValueKind.Array;
            var t = long.Parse((isFloat ? sample[0] : sample.GetProperty("t")).GetString()!, CultureInfo.InvariantCulture);
            ref var series = ref store.Hot[index];
            if (t <= series.LastTimestampMs) continue;
            if (isFloat) store.Append(index, ref series, t, Bits(sample[1]));
            else store.Append(index, ref series, t, HistogramJson.Read(sample));
        }
        var expected = new List<string>();
        foreach (var chunk in vector.GetProperty("out").EnumerateArray())
            expected.Add($"{chunk.GetProperty("encoding").GetInt32()} {chunk.GetProperty("hex").GetString()}");
        Assert.Equal(expected, Chunks(store, index));
    }

    private static List<string> Chunks(SeriesStore store, uint index)
    {
        ref var hot = ref store.Hot[index];
        ref var cold = ref store.Cold[index];
        var hex = new List<string>();
        if (hot.HasChunk)
        {
            store.Blocks.SetCount(cold.FirstBlock, hot.SampleCount);
            var bytes = new byte[hot.Tail.LengthBytes];
            store.Blocks.CopyTo(cold.FirstBlock, bytes);
            hex.Add("1 " + Convert.ToHexStringLower(bytes));
        }
        else
        {
            var chunk = store.Histograms.Of(index).Chunk!;
            hex.Add($"{(int)chunk.Encoding} {Convert.ToHexStringLower(chunk.Bytes)}");
        }
        for (var at = cold.NewestChunk; at != FullChunks.None; at = store.Full[at].Older)
        {
            using var bytes = new ByteBuffer();
            store.CopyFull(at, bytes);
            hex.Insert(0, $"{(int)store.Full[at].Encoding} {Convert.ToHexStringLower(bytes.Written)}");
        }
        return hex;
    }

    private static ulong Bits(JsonElement json) =>
        ulong.Parse(json.GetString()!.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
