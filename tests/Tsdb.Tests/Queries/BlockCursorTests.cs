using System.Linq;
using System.Text;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Labels;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Queries;

public sealed class BlockCursorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("block-cursor-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void MoveNext_GoldenMatchers_SeriesOfTheBlockAsUpstream()
    {
        var archive = Assert.Single(Golden.Files("tsdb/matchers", "data.tar*"));
        Golden.Extract(archive, _directory);
        using var block = BlockReader.Open(Assert.Single(Directory.GetDirectories(_directory, "01*")));
        var numbers = new Dictionary<LabelSet, int>();
        foreach (var labels in SelectCase.ReadSeries()) numbers.Add(labels, numbers.Count);
        foreach (var golden in SelectCase.ReadAll())
        {
            var matchers = golden.Matchers(out var error);
            if (error.Length > 0) continue;
            var selected = new List<int>();
            using var cursor = new BlockCursor(block.TryLease()!, long.MinValue, long.MaxValue, matchers, skipsChunks: false);
            while (cursor.MoveNext())
            {
                selected.Add(numbers[cursor.Labels]);
                Assert.NotEmpty(TestChunks.Decode(cursor.Chunks));
            }
            Assert.True(golden.Numbers("block").SequenceEqual(selected), $"{golden}: {string.Join(',', selected)}");
        }
    }

    [Theory]
    [InlineData(0, 99, "a:0-9 a:20-29 a:90-99 b:5-50")]
    [InlineData(9, 9, "a:0-9 b:5-50")]
    [InlineData(10, 19, "b:5-50")]
    [InlineData(20, 20, "a:20-29 b:5-50")]
    [InlineData(51, 99, "a:90-99")]
    [InlineData(100, 200, "")]
    public void MoveNext_Range_WholeChunksThatTouchIt(long min, long max, string expected)
    {
        using var block = Write(null);
        Assert.Equal(expected, Describe(block, min, max));
    }

    [Fact]
    public void MoveNext_SkipsChunks_SameSeriesNoChunks()
    {
        using var block = Write(null);
        using var cursor = new BlockCursor(block.TryLease()!, 60, 99, [Any()], skipsChunks: true);
        Assert.True(cursor.MoveNext());
        Assert.Equal("{n=\"a\"}", cursor.Labels.ToString());
        Assert.True(cursor.Chunks.IsEmpty);
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void MoveNext_Tombstones_DeletedSamplesAreGone()
    {
        // The first series loses a whole chunk and part of another, the second everything, sample by sample.
        using var block = Write(
        [
            (0, new DeletedRange(0, 9)), (0, new DeletedRange(25, 91)), (1, new DeletedRange(0, 30)),
            (1, new DeletedRange(32, 60)), (1, new DeletedRange(31, 31)),
        ]);
        Assert.Equal("a:20-24 a:92-99", Describe(block, 0, 99));
    }

    [Fact]
    public void Dispose_Cursor_EndsItsLease()
    {
        var block = Write(null);
        var closed = false;
        var cursor = new BlockCursor(block.TryLease()!, 0, 99, [Any()], skipsChunks: false);
        block.Retire(() => closed = true);
        Assert.True(cursor.MoveNext());
        Assert.False(closed);
        cursor.Dispose();
        Assert.True(closed);
    }

    /// <summary>Writes series a (0-9, 20-29, 90-99) and b (5-50), with deletions by the number of the series.</summary>
    private BlockReader Write((int Series, DeletedRange Range)[]? deletions)
    {
        var first = TestChunks.Range(0, 10);
        var second = TestChunks.Range(20, 10);
        var third = TestChunks.Range(90, 10);
        var source = new ListCursor(
        [
            (LabelSet.FromStrings(("n", "a")), [TestChunks.Of(0, first), TestChunks.Of(0, second), TestChunks.Of(0, third)]),
            (LabelSet.FromStrings(("n", "b")), [TestChunks.Of(0, TestChunks.Range(5, 10, 5))]),
        ]);
        ReadOnlyMemory<byte>[] symbols = ["a"u8.ToArray(), "b"u8.ToArray(), "n"u8.ToArray()];
        var ulid = BlockWriter.Write(_directory, 0, 100, source, symbols, new BlockWriterOptions());
        var directory = Path.Combine(_directory, ulid!);
        if (deletions is not null)
        {
            using var reader = BlockReader.Open(directory);
            var refs = reader.Index.All().ToArray();
            var encoded = Tombstones.Encode(deletions.Select(d => ((ulong)refs[d.Series], d.Range)));
            File.WriteAllBytes(Path.Combine(directory, Tombstones.FileName), encoded);
        }
        return BlockReader.Open(directory);
    }

    private static Matcher Any()
    {
        Assert.True(Matcher.TryCreate(MatchType.Regex, "n"u8, ".+"u8, out var matcher, out _));
        return matcher;
    }

    private static string Describe(BlockReader block, long min, long max)
    {
        using var cursor = new BlockCursor(block.TryLease()!, min, max, [Any()], skipsChunks: false);
        var chunks = new List<string>();
        while (cursor.MoveNext())
        {
            TestChunks.Decode(cursor.Chunks); // Checks that the times of each view are those of its samples.
            foreach (var chunk in cursor.Chunks)
                chunks.Add($"{Encoding.UTF8.GetString(cursor.Labels.Find("n"u8))}:{chunk.MinTimeMs}-{chunk.MaxTimeMs}");
        }
        return string.Join(' ', chunks);
    }
}
