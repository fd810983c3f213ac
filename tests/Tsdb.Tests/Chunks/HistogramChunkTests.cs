using System.Text.Json;
using TestKit;
using Tsdb.Chunks;

namespace Tsdb.Tests.Chunks;

public sealed class HistogramChunkTests
{
    public static TheoryData<string, bool> GoldenFiles()
    {
        var files = new TheoryData<string, bool>();
        foreach (var pattern in (string[])["histogram*", "floathistogram*"])
        {
            foreach (var file in Golden.Files("tsdb/chunks", pattern))
            {
                files.Add(file, false);
                files.Add(file, true);
            }
        }
        return files;
    }

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Append_GoldenSteps_DecidesAndEncodesAsUpstream(string file, bool viaAppendOnly)
    {
        var vectors = 0;
        foreach (var line in Golden.Lines(file))
        {
            using var vector = JsonDocument.Parse(line);
            Replay(vector.RootElement, viaAppendOnly);
            vectors++;
        }
        Assert.True(vectors > 0);
    }

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void MoveNext_GoldenChunks_GivesWhatUpstreamReads(string file, bool withTrailingByte)
    {
        foreach (var line in Golden.Lines(file))
        {
            using var vector = JsonDocument.Parse(line);
            var name = vector.RootElement.GetProperty("name").GetString();
            foreach (var chunk in vector.RootElement.GetProperty("chunks").EnumerateArray())
            {
                var bytes = Convert.FromHexString(chunk.GetProperty("hex").GetString()!);
                if (withTrailingByte) bytes = [.. bytes, 0];
                var encoding = (ChunkEncoding)chunk.GetProperty("encoding").GetInt32();
                var samples = new HistogramChunkIterator(bytes, encoding, new HistogramSample());
                Assert.Equal(chunk.GetProperty("num").GetInt32(), samples.SampleCount);
                foreach (var expected in chunk.GetProperty("iterated").EnumerateArray())
                {
                    Assert.True(samples.MoveNext(), name);
                    Assert.Equal(expected.GetProperty("t").GetString(), $"{samples.TimestampMs}");
                    Assert.Equal(HistogramJson.Describe(HistogramJson.Read(expected)), HistogramJson.Describe(samples.Current));
                }
                Assert.False(samples.MoveNext());
                Assert.False(samples.IsFailed, name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void MoveNext_DamagedChunks_EndsWithoutException(string file, bool isCut)
    {
        var random = new Random(19);
        foreach (var line in Golden.Lines(file))
        {
            using var vector = JsonDocument.Parse(line);
            foreach (var chunk in vector.RootElement.GetProperty("chunks").EnumerateArray())
            {
                var intact = Convert.FromHexString(chunk.GetProperty("hex").GetString()!);
                var encoding = (ChunkEncoding)chunk.GetProperty("encoding").GetInt32();
                for (var at = 0; at < intact.Length; at++)
                {
                    var damaged = isCut ? intact[..at] : (byte[])intact.Clone();
                    if (!isCut) damaged[at] ^= (byte)random.Next(1, 256);
                    var samples = new HistogramChunkIterator(damaged, encoding, new HistogramSample());
                    var read = 0;
                    while (samples.MoveNext()) read++;
                    Assert.True(samples.IsFailed || read == samples.SampleCount);
                    Assert.True(!isCut || samples.IsFailed);
                }
            }
        }
    }

    private static void Replay(JsonElement vector, bool viaAppendOnly)
    {
        var name = vector.GetProperty("name").GetString();
        var finished = new List<string>();
        HistogramChunk? chunk = null;
        foreach (var step in vector.GetProperty("steps").EnumerateArray())
        {
            var time = long.Parse(step.GetProperty("t").GetString()!);
            var sample = HistogramJson.Read(step.GetProperty("in"));
            var result = step.GetProperty("result").GetString();
            var refusal = step.TryGetProperty("appendOnlyError", out var error) ? error.GetString() : null;
            if (result is "first" or "cut-by-caller")
            {
                if (chunk is not null) finished.Add(Convert.ToHexStringLower(chunk.Bytes));
                chunk = HistogramChunk.Begin(time, sample, chunk);
            }
            else if (viaAppendOnly && result == "append" && refusal is null)
            {
                Assert.Null(chunk!.AppendOnly(time, sample));
            }
            else
            {
                if (refusal is not null) Assert.Equal(refusal, chunk!.AppendOnly(time, sample));
                var before = chunk!.Bytes.ToArray();
                var actual = chunk.Append(time, sample, out var header);
                Assert.True(result == Word(actual), $"{name} at {time}: {result} {actual}");
                if (actual == HistogramAppend.NewChunk)
                {
                    Assert.Equal(before, chunk.Bytes.ToArray());
                    finished.Add(Convert.ToHexStringLower(before));
                    chunk = HistogramChunk.Begin(time, sample, header);
                }
            }
            Assert.Equal(step.GetProperty("chunk").GetInt32(), finished.Count);
        }
        finished.Add(Convert.ToHexStringLower(chunk!.Bytes));
        var expected = new List<string>();
        foreach (var golden in vector.GetProperty("chunks").EnumerateArray())
            expected.Add(golden.GetProperty("hex").GetString()!);
        Assert.True(expected.Count == finished.Count, name);
        for (var i = 0; i < expected.Count; i++) Assert.True(expected[i] == finished[i], $"{name} chunk {i}");
    }

    private static string Word(HistogramAppend result) => result switch
    {
        HistogramAppend.Appended => "append",
        HistogramAppend.Recoded => "recode",
        _ => "new-chunk",
    };
}
