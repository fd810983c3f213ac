using System.Linq;
using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Files;
using Tsdb.Labels;

namespace Tsdb.Tests.Blocks;

public sealed class BlockReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("block-reader-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Retire_WithReaders_WaitsForTheLastLease()
    {
        var ulid = Write(BlockWriterTests.Example(), 0, long.MaxValue)!;
        var block = BlockReader.Open(Path.Combine(_directory, ulid));
        var first = block.TryLease()!;
        var second = block.TryLease()!;
        block.Retire(() => BlockDirectory.Delete(_directory, ulid, RealDisk.Instance));
        Assert.Null(block.TryLease());
        first.Dispose();
        first.Dispose();
        Assert.Equal(2, second.Block.Index.All().Length);
        Assert.Equal([ulid], BlockDirectory.List(_directory));
        second.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
        Assert.Throws<ObjectDisposedException>(() => block.Index.All());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Write_ChunksReachingOutside_KeepsExactlyTheSamplesInside(int seed)
    {
        var random = new Random(seed);
        var samples = new List<(long, ulong)>();
        for (var i = 0; i < 300; i++) samples.Add((i * 1000L, BitConverter.DoubleToUInt64Bits(random.Next(100))));
        for (var round = 0; round < 40; round++)
        {
            var (min, max) = (random.Next(-5000, 300_000), random.Next(0, 310_000));
            ChunkView[] chunks = [View(0, 100), View(100, 130), View(230, 70)];
            var series = new List<(LabelSet, ChunkView[])> { (LabelSet.FromStrings(("a", "b")), chunks) };
            var expected = samples.FindAll(s => s.Item1 >= min && s.Item1 < max);
            var ulid = Write(series, min, max);
            Assert.True(expected.Count == 0 == ulid is null, $"seed {seed} round {round}");
            if (ulid is null) continue;
            using var block = BlockReader.Open(Path.Combine(_directory, ulid));
            using var cursor = new BlockCursor(block);
            Assert.True(cursor.MoveNext());
            var actual = new List<(long, ulong)>();
            foreach (var chunk in cursor.Chunks)
            {
                var decoded = Chunks.XorChunkTests.Decode(chunk.Data.ToArray());
                Assert.Equal((chunk.MinTimeMs, chunk.MaxTimeMs), (decoded[0].Item1, decoded[^1].Item1));
                actual.AddRange(decoded);
            }
            Assert.Equal(expected, actual);
            Assert.Equal(expected.Count, block.Meta.Stats.SampleCount);
        }

        ChunkView View(int from, int count)
        {
            var part = samples.GetRange(from, count);
            return new ChunkView(part[0].Item1, part[^1].Item1, ChunkEncoding.Xor, Chunks.XorChunkTests.Encode(part));
        }
    }

    [Fact]
    public void DeleteLeftovers_OfCrashes_KeepsWhatIsWhole()
    {
        var ulid = Ulid.Create(1);
        string[] doomed =
            [ulid + ".tmp-for-creation", ulid + ".tmp-for-deletion", ulid + ".tmp", "chunk_snapshot.000001.0000000000.tmp"];
        string[] kept = [ulid, "wal", "other.tmp", "chunks_head"];
        foreach (var name in (string[])[.. doomed, .. kept]) Directory.CreateDirectory(Path.Combine(_directory, name, "inside"));
        Assert.Equal(doomed.Order(), BlockDirectory.DeleteLeftovers(_directory, RealDisk.Instance).Order());
        Assert.Equal(kept.Order(), Directory.GetDirectories(_directory).Select(d => Path.GetFileName(d)).Order());
        Assert.Equal([ulid], BlockDirectory.List(_directory));
    }

    private string? Write(List<(LabelSet Labels, ChunkView[] Chunks)> series, long min, long maxExclusive)
    {
        using var cursor = new ListCursor(series);
        return BlockWriter.Write(_directory, min, maxExclusive, cursor, ListCursor.Symbols(series), new BlockWriterOptions());
    }
}
