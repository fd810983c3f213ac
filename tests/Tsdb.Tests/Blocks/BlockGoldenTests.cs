using System.Linq;
using System.Numerics;
using System.Text.Json;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Index;
using Tsdb.Memory;

namespace Tsdb.Tests.Blocks;

public sealed class BlockGoldenTests
{
    public static TheoryData<string> Names() => GoldenBlock.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void IndexReader_GoldenBlock_SaysWhatUpstreamSays(string name)
    {
        using var golden = new GoldenBlock(name);
        using var block = BlockReader.Open(golden.BlockDirectory);
        var index = block.Index;
        foreach (var line in golden.IndexLines)
        {
            switch (line.GetProperty("kind").GetString())
            {
                case "header":
                    AssertHeader(line, index);
                    break;
                case "symbols":
                    Assert.Equal(line.GetProperty("count").GetUInt32(), index.SymbolCount);
                    AssertTexts(line.GetProperty("symbols"), index.Symbols());
                    break;
                case "series":
                    AssertSeries(line, block);
                    break;
                case "postings":
                    AssertPostings(line, index);
                    break;
                case "labelValues":
                    var values = index.Values(GoldenBlock.Text(line.GetProperty("name")));
                    Assert.Equal(line.GetProperty("count").GetInt32(), values.Count);
                    if (line.TryGetProperty("values", out var texts)) AssertTexts(texts, values);
                    break;
                default:
                    Assert.Fail(line.GetRawText());
                    break;
            }
        }
        Assert.Equal(block.Meta.Stats.SeriesCount, index.All().Length);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BlockReader_GoldenBlock_GivesEveryFloatSample(string name)
    {
        using var golden = new GoldenBlock(name);
        using var block = BlockReader.Open(golden.BlockDirectory);
        using var cursor = new BlockCursor(block);
        var floats = 0L;
        foreach (var line in golden.SampleLines)
        {
            // A series whose samples are all deleted is in the index and not in the dump.
            do Assert.True(cursor.MoveNext());
            while (cursor.Labels != GoldenBlock.Labels(line.GetProperty("labels")));
            var expected = new List<(long, ulong)>();
            if (line.TryGetProperty("s", out var samples) && samples.ValueKind == JsonValueKind.Array)
                expected.AddRange(samples.EnumerateArray().Select(Sample));
            var actual = new List<(long, ulong)>();
            foreach (var chunk in cursor.Chunks)
            {
                if (chunk.Encoding != ChunkEncoding.Xor) continue;
                var decoded = Decode(chunk);
                floats += decoded.Count;
                Assert.Equal((chunk.MinTimeMs, chunk.MaxTimeMs), (decoded[0].TimeMs, decoded[^1].TimeMs));
                actual.AddRange(decoded.Where(s => !IsDeleted(block.Tombstones.Find(cursor.SeriesRef), s.TimeMs)));
            }
            Assert.Equal(expected, actual);
        }
        Assert.Equal(block.Meta.Stats.FloatSampleCount, floats);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BlockWriter_GoldenBlockReadBack_WritesTheSameFiles(string name)
    {
        using var golden = new GoldenBlock(name);
        using var block = BlockReader.Open(golden.BlockDirectory);
        using var cursor = new BlockCursor(block);
        var target = Directory.CreateTempSubdirectory("rewritten-").FullName;
        try
        {
            var originals = Directory.GetFiles(Path.Combine(golden.BlockDirectory, "chunks")).Order().ToList();
            // The vectors with several files were made with the power of two above the largest.
            var largest = originals.Max(f => new FileInfo(f).Length);
            var size = originals.Count == 1 ? 512L << 20 : (long)BitOperations.RoundUpToPowerOf2((ulong)largest);
            var meta = block.Meta;
            var options = new BlockWriterOptions { Hints = meta.Hints, Parents = meta.Parents, SegmentSizeBytes = size };
            var ulid = BlockWriter.Write(target, meta.MinTimeMs, meta.MaxTimeMs, cursor, block.Index.Symbols(), options)!;
            var written = Path.Combine(target, ulid);
            AssertSameFile(Path.Combine(golden.BlockDirectory, "index"), Path.Combine(written, "index"));
            Assert.Equal(originals.Count, Directory.GetFiles(Path.Combine(written, "chunks")).Length);
            foreach (var file in originals) AssertSameFile(file, Path.Combine(written, "chunks", Path.GetFileName(file)));

            Assert.Equal(meta.Stats with { TombstoneCount = 0 }, BlockMeta.Load(written).Stats);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BlockMeta_GoldenBlock_EncodesToTheSameBytes(string name)
    {
        using var golden = new GoldenBlock(name);
        var bytes = File.ReadAllBytes(Path.Combine(golden.BlockDirectory, "meta.json"));
        Assert.Equal(bytes, BlockMeta.Load(golden.BlockDirectory).Encode());
    }

    private static void AssertHeader(JsonElement line, IndexReader index)
    {
        var toc = line.GetProperty("toc");
        Assert.Equal(line.GetProperty("version").GetInt32(), index.Version);
        Assert.Equal(line.GetProperty("size").GetInt64(), index.SizeBytes);
        var expected = new IndexToc(
            Number("symbols"), Number("series"), Number("labelIndices"),
            Number("labelIndicesTable"), Number("postings"), Number("postingsTable"));
        Assert.Equal(expected, index.Toc);

        ulong Number(string field) => toc.GetProperty(field).GetUInt64();
    }

    private static void AssertTexts(JsonElement expected, IEnumerable<ReadOnlyMemory<byte>> actual) =>
        Assert.Equal(
            expected.EnumerateArray().Select(e => Convert.ToHexString(GoldenBlock.Text(e))),
            actual.Take(expected.GetArrayLength()).Select(a => Convert.ToHexString(a.Span)));

    private static void AssertSeries(JsonElement line, BlockReader block)
    {
        using var labels = new ByteBuffer();
        using var data = new ByteBuffer();
        var metas = new List<ChunkMeta>();
        Assert.True(block.Index.TrySeries(uint.Parse(line.GetProperty("ref").GetString()!), labels, metas));
        Assert.Equal(GoldenBlock.Labels(line.GetProperty("labels")).Encoded, labels.Written);
        var chunks = line.GetProperty("chunks").EnumerateArray().ToList();
        Assert.Equal(chunks.Count, metas.Count);
        for (var i = 0; i < metas.Count; i++)
        {
            var chunk = chunks[i];
            Assert.Equal(
                (Text(chunk, "mint"), Text(chunk, "maxt"), Text(chunk, "ref")),
                ($"{metas[i].MinTimeMs}", $"{metas[i].MaxTimeMs}", $"{metas[i].ChunkRef}"));
            data.Clear();
            Assert.Equal((ChunkEncoding)chunk.GetProperty("encoding").GetInt32(), block.ReadChunk(metas[i].ChunkRef, data));
            Assert.Equal(chunk.GetProperty("len").GetInt32(), data.Length);
            Assert.Equal(chunk.GetProperty("num").GetInt32(), XorChunk.SampleCount(data.Written));
            Assert.StartsWith(chunk.GetProperty("hex").GetString(), Convert.ToHexStringLower(data.Written));
        }
    }

    private static void AssertPostings(JsonElement line, IndexReader index)
    {
        var refs = index.Find(GoldenBlock.Text(line.GetProperty("name")), GoldenBlock.Text(line.GetProperty("value"))).ToArray();
        Assert.Equal(line.GetProperty("count").GetInt32(), refs.Length);
        var isWhole = line.TryGetProperty("refs", out var first);
        if (!isWhole) first = line.GetProperty("firstRefs");
        Assert.Equal(first.EnumerateArray().Select(r => r.GetUInt32()), refs.Take(first.GetArrayLength()));
        if (!isWhole) Assert.Equal(line.GetProperty("lastRef").GetUInt32(), refs[^1]);
    }

    private static bool IsDeleted(IReadOnlyList<DeletedRange> ranges, long time) =>
        ranges.Any(r => time >= r.MinTimeMs && time <= r.MaxTimeMs);

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static (long, ulong) Sample(JsonElement pair) =>
        (long.Parse(pair[0].GetString()!), Convert.ToUInt64(pair[1].GetString(), 16));

    private static List<(long TimeMs, ulong Bits)> Decode(in ChunkView chunk) =>
        Chunks.XorChunkTests.Decode(chunk.Data.ToArray());

    private static void AssertSameFile(string expected, string actual) =>
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)), expected);
}
