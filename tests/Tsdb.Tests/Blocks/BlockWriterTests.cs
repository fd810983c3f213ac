using Tsdb.Blocks;
using Tsdb.Chunks;
using Tsdb.Labels;

namespace Tsdb.Tests.Blocks;

public sealed class BlockWriterTests : IDisposable
{
    private const long StartMs = 1_700_000_000_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("block-writer-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Write_WorkedExample_GivesItsBytes()
    {
        var ulid = Write(Example(), StartMs, StartMs + 30_011);
        var block = Path.Combine(_directory, ulid!);
        AssertBytes(Path.Combine(block, "chunks", "000001"), """
            85 bd 40 dd 01 00 00 00
            17 01 00 03 80 a0 ab fe f9 62 3f f0 00 00 00 00 00 00 98 75 40 05 62 2b ff 51 10 5d 44
            10 01 00 01 80 a0 ab fe f9 62 40 04 00 00 00 00 00 00 d3 05 aa 98
            """);
        AssertBytes(Path.Combine(block, "index"), """
            ba aa d7 00 02
            00 00 00 19 00 00 00 06 00 08 5f 5f 6e 61 6d 65 5f 5f 01 61 01 62 03 6a 6f 62 02 75 70 9d 4a dd 99
            00 00 00 00 00 00 00 00 00 00
            10 02 01 05 04 02 01 80 a0 ab fe f9 62 ba ea 01 08 92 b2 df fd
            00 00 00 00 00 00 00 00 00 00 00
            0e 02 01 05 04 03 01 80 a0 ab fe f9 62 00 25 d9 79 1e d6
            00
            00 00 00 0c 00 00 00 02 00 00 00 03 00 00 00 05 bb 33 cb d4
            00 00 00 0c 00 00 00 02 00 00 00 03 00 00 00 05 bb 33 cb d4
            00 00 00 08 00 00 00 01 00 00 00 03 a7 69 2e d2
            00 00 00 08 00 00 00 01 00 00 00 05 81 c8 c9 3a
            00 00 00 28 00 00 00 04
            02 00 00 64
            02 08 5f 5f 6e 61 6d 65 5f 5f 02 75 70 78
            02 03 6a 6f 62 01 61 8c 01
            02 03 6a 6f 62 01 62 9c 01
            26 77 04 e4
            00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 26 00 00 00 00 00 00 00 63
            00 00 00 00 00 00 00 ac 00 00 00 00 00 00 00 63 00 00 00 00 00 00 00 ac
            2f d7 e8 95
            """);
        AssertBytes(Path.Combine(block, "tombstones"), "01 30 ba 30 01 00 00 00 00");
        var json = $$"""
            {
            	"ulid": "{{ulid}}",
            	"minTime": 1700000000000,
            	"maxTime": 1700000030011,
            	"stats": {
            		"numSamples": 4,
            		"numFloatSamples": 4,
            		"numSeries": 2,
            		"numChunks": 2
            	},
            	"compaction": {
            		"level": 1,
            		"sources": [
            			"{{ulid}}"
            		]
            	},
            	"version": 1
            }
            """;
        Assert.Equal(json, File.ReadAllText(Path.Combine(block, "meta.json")));
        Assert.Equal([block], Directory.GetDirectories(_directory));
    }

    [Fact]
    public void Write_NoSampleInRange_LeavesNothing()
    {
        Assert.Null(Write(Example(), StartMs + 30_011, StartMs + 60_000));
        Assert.Null(Write([], 0, 1));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Write_SymbolMissing_LeavesNothing()
    {
        using var cursor = new ListCursor(Example());
        Assert.Throws<InvalidOperationException>(() =>
            BlockWriter.Write(_directory, StartMs, StartMs + 30_011, cursor, [], new BlockWriterOptions()));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    internal static List<(LabelSet Labels, ChunkView[] Chunks)> Example() =>
    [
        (LabelSet.FromStrings(("__name__", "up"), ("job", "a")),
            [ListCursor.Floats((StartMs, 1), (StartMs + 15_000, 1), (StartMs + 30_010, 0))]),
        (LabelSet.FromStrings(("__name__", "up"), ("job", "b")), [ListCursor.Floats((StartMs, 2.5))]),
    ];

    private string? Write(List<(LabelSet Labels, ChunkView[] Chunks)> series, long min, long maxExclusive)
    {
        using var cursor = new ListCursor(series);
        return BlockWriter.Write(_directory, min, maxExclusive, cursor, ListCursor.Symbols(series), new BlockWriterOptions());
    }

    private static void AssertBytes(string path, string hex) =>
        Assert.Equal(hex.Replace(" ", "").Replace("\n", ""), Convert.ToHexStringLower(File.ReadAllBytes(path)));
}
