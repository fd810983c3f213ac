using System.Linq;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Tests.Chunks;

namespace Tsdb.Tests.Blocks;

public sealed class ChunkTrimmerTests
{
    [Fact]
    public void Write_RangeCutsChunksOfEveryType_KeepsTheSamplesAndUpstreamsBorders()
    {
        // Upstream cut its second block from other values at the same times: the borders must be the same.
        using var whole = new GoldenBlock("types");
        using var part = new GoldenBlock("types-partial-range");
        using var block = BlockReader.Open(whole.BlockDirectory);
        using var cutUpstream = BlockReader.Open(part.BlockDirectory);
        var (min, max) = (cutUpstream.Meta.MinTimeMs, cutUpstream.Meta.MaxTimeMs);
        var root = Path.GetDirectoryName(part.BlockDirectory)!;
        using var source = new BlockCursor(block);
        var ulid = BlockWriter.Write(root, min, max, source, block.Index.Symbols(), new BlockWriterOptions())!;
        using var cut = BlockReader.Open(Path.Combine(root, ulid));
        Assert.Equal(cutUpstream.Meta.Stats, cut.Meta.Stats);
        using var all = new BlockCursor(block);
        using var expected = new BlockCursor(cutUpstream);
        using var actual = new BlockCursor(cut);
        while (expected.MoveNext())
        {
            Assert.True(actual.MoveNext() && all.MoveNext());
            Assert.Equal(expected.Labels, actual.Labels);
            Assert.Equal(Borders(expected), Borders(actual));
            var inside = Samples(all).Where(s => s.TimeMs >= min && s.TimeMs < max);
            Assert.Equal(inside, Samples(actual));
        }
        Assert.False(actual.MoveNext());
    }

    [Fact]
    public void TryTrim_MalformedChunk_IsCorrupt()
    {
        using var trimmer = new ChunkTrimmer(0, 10);
        foreach (var encoding in (byte[])[1, 2, 3, 9])
        {
            var chunk = new ChunkView(-5, 5, (ChunkEncoding)encoding, new byte[] { 0, 9, 0 });
            Assert.StartsWith("CORRUPT: ", Assert.Throws<InvalidDataException>(() => trimmer.TryTrim(in chunk, out _)).Message);
        }
    }

    private static List<(long, long, ChunkEncoding, int)> Borders(BlockCursor cursor)
    {
        var borders = new List<(long, long, ChunkEncoding, int)>();
        foreach (var chunk in cursor.Chunks)
            borders.Add((chunk.MinTimeMs, chunk.MaxTimeMs, chunk.Encoding, XorChunk.SampleCount(chunk.Data.Span)));
        return borders;
    }

    private static List<(long TimeMs, string Text)> Samples(BlockCursor cursor)
    {
        var samples = new List<(long, string)>();
        foreach (var chunk in cursor.Chunks)
        {
            if (chunk.Encoding == ChunkEncoding.Xor)
            {
                foreach (var (time, bits) in XorChunkTests.Decode(chunk.Data.ToArray())) samples.Add((time, $"{bits:x}"));
                continue;
            }
            var histograms = new HistogramChunkIterator(chunk.Data.Span, chunk.Encoding, new HistogramSample());
            while (histograms.MoveNext())
            {
                // What is known of resets changes at the first sample of a chunk, by design.
                histograms.Current.Hint = CounterResetHint.Unknown;
                samples.Add((histograms.TimestampMs, HistogramJson.Describe(histograms.Current)));
            }
            Assert.False(histograms.IsFailed);
        }
        return samples;
    }
}
