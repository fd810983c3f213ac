using System.Linq;
using System.Text;
using Tsdb.Index;
using Tsdb.Files;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Index;

public sealed class PostingsWriterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("index-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 100)]
    [InlineData(3, PostingsWriter.BatchRefs)]
    public void Write_AnyBatchSize_GivesTheListsOfANaiveTwin(int seed, int batchRefs)
    {
        var random = new Random(seed);
        var sets = new SortedDictionary<LabelSet, byte>();
        for (var i = 0; i < 700; i++)
        {
            var pairs = Enumerable.Range(0, random.Next(1, 6))
                .Select(n => ($"n{n}", n == 0 ? $"unique{random.Next(500)}" : $"v{random.Next(3)}")).ToArray();
            sets[LabelSet.FromStrings(pairs)] = 0;
        }
        var path = Path.Combine(_directory, "index");
        var twin = new SortedDictionary<string, List<uint>>(StringComparer.Ordinal);
        using (var writer = new IndexWriter(path, Symbols(sets.Keys), RealDisk.Instance, batchRefs))
        {
            var chunk = 0L;
            foreach (var labels in sets.Keys)
            {
                var reference = writer.AddSeries(labels.Encoded, [new ChunkMeta(chunk, chunk + 5, (ulong)++chunk)]);
                foreach (var label in labels)
                {
                    var key = Encoding.UTF8.GetString(label.Name) + "=" + Encoding.UTF8.GetString(label.Value);
                    if (!twin.TryGetValue(key, out var list)) twin[key] = list = [];
                    list.Add(reference);
                }
            }
            writer.Finish();
        }
        using var reader = IndexReader.Open(path);
        var seen = 0;
        foreach (var name in reader.Names())
        {
            foreach (var value in reader.Values(name.Span))
            {
                seen++;
                var key = Encoding.UTF8.GetString(name.Span) + "=" + Encoding.UTF8.GetString(value.Span);
                Assert.True(twin[key].SequenceEqual(reader.Find(name.Span, value.Span).ToArray()), $"seed {seed} {key}");
            }
        }
        Assert.Equal(twin.Count, seen);
        Assert.Equal(sets.Count, reader.All().Length);
        Assert.True(reader.Find("n0"u8, "unique"u8).IsEmpty);
        Assert.True(reader.Find("n9"u8, "v1"u8).IsEmpty);
        Assert.Empty(reader.Values("n9"u8));
    }

    [Fact]
    public void AddSeries_OutOfOrder_IsRefused()
    {
        var (a, b) = (LabelSet.FromStrings(("a", "1")), LabelSet.FromStrings(("a", "1"), ("b", "1")));
        using var writer = new IndexWriter(Path.Combine(_directory, "order"), Symbols([a, b]));
        writer.AddSeries(a.Encoded, [new ChunkMeta(1, 2, 8)]);
        writer.AddSeries(b.Encoded, [new ChunkMeta(1, 2, 9)]);
        Assert.Throws<InvalidOperationException>(() => writer.AddSeries(a.Encoded, [new ChunkMeta(1, 2, 10)]));
        var c = LabelSet.FromStrings(("b", "1"));
        Assert.Throws<InvalidOperationException>(() =>
            writer.AddSeries(c.Encoded, [new ChunkMeta(1, 2, 10), new ChunkMeta(2, 3, 11)]));
        Assert.Throws<InvalidOperationException>(() => writer.AddSeries(c.Encoded, [new ChunkMeta(1, 2, 3)]));
    }

    [Fact]
    public void TrySeries_EveryReferenceInAndBehindTheFile_NeverLies()
    {
        var labels = LabelSet.FromStrings(("a", "1"), ("b", "2"));
        var path = Path.Combine(_directory, "wild");
        uint reference;
        using (var writer = new IndexWriter(path, Symbols([labels])))
        {
            reference = writer.AddSeries(labels.Encoded, [new ChunkMeta(-5, 7, 8), new ChunkMeta(8, 9, 1ul << 32)]);
            writer.Finish();
        }
        using var reader = IndexReader.Open(path);
        using var into = new ByteBuffer();
        var chunks = new List<ChunkMeta>();
        for (var wild = 0u; wild < 100; wild++)
        {
            try
            {
                if (!reader.TrySeries(wild, into, chunks)) continue;
                Assert.Equal(reference, wild);
                Assert.Equal(labels.Encoded, into.Written);
                Assert.Equal([new ChunkMeta(-5, 7, 8), new ChunkMeta(8, 9, 1ul << 32)], chunks);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith("CORRUPT: ", e.Message);
                Assert.NotEqual(reference, wild);
            }
        }
        Assert.False(reader.TrySeries(uint.MaxValue, into, chunks));
    }

    private static List<ReadOnlyMemory<byte>> Symbols(IEnumerable<LabelSet> sets)
    {
        var symbols = new SortedSet<string>(StringComparer.Ordinal) { "" };
        foreach (var labels in sets)
        {
            foreach (var label in labels)
            {
                symbols.Add(Encoding.UTF8.GetString(label.Name));
                symbols.Add(Encoding.UTF8.GetString(label.Value));
            }
        }
        return [.. symbols.Select(s => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(s))];
    }
}
