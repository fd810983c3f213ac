using Tsdb.Chunks;
using Tsdb.Labels;
using Tsdb.Queries;

namespace Tsdb.Tests.Queries;

public class MergeCursorTests
{
    [Fact]
    public void MoveNext_SeveralCursors_EachSeriesOnceInLabelOrder()
    {
        using var merged = MergeCursor.Over(
        [
            Cursor(("a", TestChunks.Of(0, 1)), ("c", TestChunks.Of(0, 1))),
            Cursor(),
            Cursor(("b", TestChunks.Of(0, 2)), ("c", TestChunks.Of(0, 5)), ("d", TestChunks.Of(0, 1))),
            Cursor(("c", TestChunks.Of(0, 3))),
        ]);
        var seen = new List<string>();
        while (merged.MoveNext())
        {
            var times = new List<long>();
            foreach (var (time, _) in TestChunks.Decode(merged.Chunks)) times.Add(time);
            seen.Add($"{merged.Labels}:{string.Join(' ', times)}");
        }
        Assert.Equal(["{n=\"a\"}:1", "{n=\"b\"}:2", "{n=\"c\"}:1 3 5", "{n=\"d\"}:1"], seen);
        Assert.False(merged.MoveNext());
    }

    [Fact]
    public void Over_NoCursorOrOne_NothingOrThatOne()
    {
        using var none = MergeCursor.Over([]);
        Assert.False(none.MoveNext());
        using var one = Cursor(("a", TestChunks.Of(0, 1)));
        Assert.Same(one, MergeCursor.Over([one]));
    }

    [Fact]
    public void Chunks_SeparateInTime_BytesUntouched()
    {
        var (early, late) = (TestChunks.Of(0, 1, 2), TestChunks.Of(0, 3, 4));
        Assert.Equal([early, late], Merge([late], [early]));
    }

    [Fact]
    public void Chunks_SameChunkTwice_Once()
    {
        var chunk = TestChunks.Of(0, 1, 2, 3);
        var copy = chunk with { Data = chunk.Data.ToArray() };
        Assert.Equal([chunk], Merge([chunk], [copy]));
    }

    [Fact]
    public void Chunks_Overlapping_MergedWithoutRepeatedTimes()
    {
        var merged = Merge([TestChunks.Of(0, 1, 3, 5), TestChunks.Of(0, 20)], [TestChunks.Of(1000, 2, 3, 6)]);
        Assert.Equal(2, merged.Count);
        Assert.Equal([(1, 1), (2, 1002), (3, 3), (5, 5), (6, 1006), (20, 20)], TestChunks.Decode(merged.ToArray()));
    }

    [Fact]
    public void Chunks_TouchingAtOneTime_CountAsOverlapping()
    {
        var merged = Merge([TestChunks.Of(0, 1, 2)], [TestChunks.Of(0, 2, 3)]);
        Assert.Equal([(1, 1), (2, 2), (3, 3)], TestChunks.Decode(merged.ToArray()));
    }

    [Fact]
    public void Chunks_ManySamplesOverlap_AtMost120Each()
    {
        var merged = Merge([TestChunks.Of(0, TestChunks.Range(0, 200, 2))], [TestChunks.Of(0, TestChunks.Range(1, 200, 2))]);
        Assert.Equal(400, TestChunks.Decode(merged.ToArray()).Count);
        var counts = new List<int>();
        foreach (var chunk in merged) counts.Add(XorChunk.SampleCount(chunk.Data.Span));
        Assert.Equal([120, 120, 120, 40], counts);
    }

    [Fact]
    public void Chunks_OverlapsHistograms_MergedBySampleWithoutOverlap()
    {
        var floats = TestChunks.Of(0, 4, 5);
        var even = TestChunks.Histograms(2, 4, 6, 8);
        var odd = TestChunks.Histograms(1, 3, 6, 7);

        var merged = Merge([even], [odd], [floats]);

        var times = new List<string>();
        foreach (var chunk in merged) times.Add($"{chunk.Encoding} {string.Join(' ', TestChunks.Times(chunk))}");
        // At 4 the chunk that begins first has the say.
        Assert.Equal(["Histogram 1 2 3 4", "Xor 5", "Histogram 6 7 8"], times);
    }

    [Fact]
    public void Chunks_OverlappingHistogramIsDamaged_IsReported()
    {
        var broken = new ChunkView(3, 9, ChunkEncoding.Histogram, new byte[] { 0, 1, 2 });
        var error = Assert.Throws<InvalidDataException>(() => Merge([broken], [TestChunks.Of(0, 1, 5)]));
        Assert.StartsWith("CORRUPT: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunks_RandomOverlaps_AsAMapOfTimes()
    {
        const int Seed = 41;
        var random = new Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            var expected = new SortedDictionary<long, double>();
            var sources = new List<ChunkView>[1 + random.Next(4)];
            for (var i = 0; i < sources.Length; i++)
            {
                sources[i] = [];
                var time = (long)random.Next(50);
                for (var chunk = random.Next(5); chunk > 0; chunk--)
                {
                    var times = new long[1 + random.Next(30)];
                    for (var at = 0; at < times.Length; at++) times[at] = time += 1 + random.Next(9);
                    sources[i].Add(TestChunks.Of(0, times));
                    foreach (var sample in times) expected[sample] = sample;
                }
            }
            var actual = TestChunks.Decode(Merge(sources).ToArray());
            var list = new List<(long, double)>();
            foreach (var (time, value) in expected) list.Add((time, value));
            Assert.True(list.Count == actual.Count && list.TrueForAll(actual.Contains), $"seed {Seed}, round {round}");
            for (var i = 1; i < actual.Count; i++) Assert.True(actual[i - 1].TimestampMs < actual[i].TimestampMs);
        }
    }

    [Fact]
    public void Chunks_DamagedOverlap_ThrowsCorrupt()
    {
        var chunk = TestChunks.Of(0, 1, 2, 3);
        var cut = chunk with { Data = chunk.Data[..^2] };
        var error = Assert.Throws<InvalidDataException>(() => Merge([cut], [TestChunks.Of(0, 2)]));
        Assert.StartsWith("CORRUPT: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_Merged_DisposesEveryCursor()
    {
        var (first, second) = (new Probe(), new Probe());
        MergeCursor.Over([first, second]).Dispose();
        Assert.True(first.IsDisposed && second.IsDisposed);
    }

    private static List<ChunkView> Merge(params List<ChunkView>[] sources)
    {
        var chunks = new List<ChunkView>();
        foreach (var source in sources) chunks.AddRange(source);
        new ChunkMerger().Merge(chunks);
        return chunks;
    }

    private static ListCursor Cursor(params (string Name, ChunkView Chunk)[] series)
    {
        var list = new List<(LabelSet, List<ChunkView>)>();
        foreach (var (name, chunk) in series) list.Add((LabelSet.FromStrings(("n", name)), [chunk]));
        return new ListCursor(list);
    }

    private sealed class Probe : SeriesCursor
    {
        public bool IsDisposed { get; private set; }

        public override LabelSet Labels => LabelSet.Empty;

        public override ReadOnlySpan<ChunkView> Chunks => default;

        public override bool MoveNext() => false;

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
