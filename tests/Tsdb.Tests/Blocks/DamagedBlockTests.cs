using System.Text;
using Tsdb.Blocks;
using Tsdb.Chunks;

namespace Tsdb.Tests.Blocks;

/// <summary>Whatever byte of a block changes, a reader sees the true samples or an error that says CORRUPT.</summary>
public sealed class DamagedBlockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("damaged-block-").FullName;
    private readonly string _block;
    private readonly string _truth;

    public DamagedBlockTests()
    {
        var series = BlockWriterTests.Example();
        using var cursor = new ListCursor(series);
        var range = (Min: series[0].Chunks[0].MinTimeMs, Max: series[0].Chunks[0].MaxTimeMs);
        var symbols = ListCursor.Symbols(series);
        var ulid = BlockWriter.Write(_directory, range.Min, range.Max + 1, cursor, symbols, new BlockWriterOptions());
        _block = Path.Combine(_directory, ulid!);
        _truth = Dump();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("index")]
    [InlineData("chunks/000001")]
    [InlineData("tombstones")]
    public void Read_AnyBitFlipped_GivesTheTruthOrCorrupt(string file)
    {
        var path = Path.Combine(_block, file);
        var intact = File.ReadAllBytes(path);
        for (var at = 0; at < intact.Length; at++)
        {
            for (var mask = 1; mask < 256; mask <<= 1)
            {
                var damaged = (byte[])intact.Clone();
                damaged[at] ^= (byte)mask;
                Check(path, damaged, $"{file} byte {at} mask {mask:x}");
            }
        }
    }

    [Theory]
    [InlineData("index")]
    [InlineData("chunks/000001")]
    [InlineData("tombstones")]
    [InlineData("meta.json")]
    public void Read_CutAtAnyByte_GivesTheTruthOrCorrupt(string file)
    {
        var path = Path.Combine(_block, file);
        var intact = File.ReadAllBytes(path);
        for (var length = 0; length < intact.Length; length++) Check(path, intact[..length], $"{file} cut at {length}");
    }

    [Fact]
    public void Open_PartMissing_Throws()
    {
        File.Delete(Path.Combine(_block, "chunks", "000001"));
        Assert.Contains("segment index 0 out of range", Assert.Throws<InvalidDataException>(Dump).Message);
        File.Delete(Path.Combine(_block, "tombstones"));
        using (var block = BlockReader.Open(_block)) Assert.Equal(0, block.Tombstones.SeriesCount);
        Directory.Delete(Path.Combine(_block, "chunks"));
        Assert.Throws<DirectoryNotFoundException>(() => BlockReader.Open(_block));
    }

    private void Check(string path, byte[] bytes, string what)
    {
        File.Delete(path); // A new inode: nothing mapped may change underneath.
        File.WriteAllBytes(path, bytes);
        try
        {
            Assert.True(_truth == Dump(), what);
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith("CORRUPT: ", e.Message);
        }
    }

    private string Dump()
    {
        using var block = BlockReader.Open(_block);
        var text = new StringBuilder();
        foreach (var name in block.Index.Names())
        {
            foreach (var value in block.Index.Values(name.Span))
            {
                text.Append(Convert.ToHexString(name.Span)).Append('=').Append(Convert.ToHexString(value.Span)).Append(':');
                text.AppendJoin(',', block.Index.Find(name.Span, value.Span).ToArray()).Append('\n');
            }
        }
        using var cursor = new BlockCursor(block);
        while (cursor.MoveNext())
        {
            text.Append(cursor.Labels).AppendJoin(',', block.Tombstones.Find(cursor.SeriesRef));
            foreach (var chunk in cursor.Chunks)
            {
                // What a changed encoding byte would mean is covered by the chunk's checksum.
                Assert.Equal(ChunkEncoding.Xor, chunk.Encoding);
                text.Append(chunk.MinTimeMs).Append(chunk.MaxTimeMs);
                text.AppendJoin(',', Chunks.XorChunkTests.Decode(chunk.Data.ToArray()));
            }
        }
        return text.ToString();
    }
}
