using System.Text;
using Tsdb.Index;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Index;

/// <summary>Version 1: references are offsets, and the postings offset table is in any order.</summary>
public sealed class IndexVersion1Tests : IDisposable
{
    private const int SeriesCount = 40;

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly ByteBuffer _file = new();

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Open_Version1_ReadsSeriesAndUnsortedPostings()
    {
        var refs = Build();
        File.WriteAllBytes(_path, _file.Written);
        using var index = IndexReader.Open(_path);
        Assert.Equal(1, index.Version);
        Assert.Equal(refs, index.All().ToArray());
        Assert.Equal(SeriesCount, index.Values("job"u8).Count);
        using var labels = new ByteBuffer();
        var chunks = new List<ChunkMeta>();
        for (var i = 0; i < SeriesCount; i++)
        {
            Assert.Equal([refs[i]], index.Find("job"u8, Value(i)).ToArray());
            Assert.Equal(Value(i), index.Values("job"u8)[i].ToArray());
            Assert.True(index.TrySeries(refs[i], labels, chunks));
            Assert.Equal(LabelSet.FromStrings(("job", Encoding.UTF8.GetString(Value(i)))).Encoded, labels.Written);
            Assert.Equal([new ChunkMeta(i, i + 1, 8)], chunks);
        }
    }

    private static byte[] Value(int i) => Encoding.UTF8.GetBytes($"v{i:D2}");

    private uint[] Build()
    {
        _file.WriteUInt32(0xbaaad700);
        _file.WriteByte(1);
        var places = new int[SeriesCount + 1]; // Of "job", then of each value.
        var symbols = (ulong)_file.Length;
        Section(content =>
        {
            var start = _file.Length + sizeof(uint);
            content.WriteUInt32(SeriesCount + 1);
            for (var i = 0; i <= SeriesCount; i++)
            {
                places[i] = start + content.Length;
                content.WriteString(i == 0 ? "job"u8 : Value(i - 1));
            }
        });
        var refs = new uint[SeriesCount];
        for (var i = 0; i < SeriesCount; i++) refs[i] = Series(places[0], places[i + 1], i);
        var lists = new int[SeriesCount];
        for (var i = 0; i < SeriesCount; i++) lists[i] = List(refs[i]);
        var all = List(refs);
        var table = (ulong)_file.Length;
        Section(content =>
        {
            content.WriteUInt32(SeriesCount + 1);
            for (var i = SeriesCount - 1; i >= 0; i--) Entry(content, "job"u8, Value(i), lists[i]);
            Entry(content, default, default, all);
        });
        new IndexToc(symbols, 0, 0, 0, 0, table).Write(_file);
        return refs;
    }

    private uint Series(int name, int value, int i)
    {
        using var body = new ByteBuffer();
        body.WriteUvarint(1);
        body.WriteUvarint((ulong)name);
        body.WriteUvarint((ulong)value);
        body.WriteUvarint(1);
        body.WriteVarint(i);
        body.WriteUvarint(1);
        body.WriteUvarint(8);
        var reference = (uint)_file.Length;
        _file.WriteUvarint((ulong)body.Length);
        _file.Write(body.Written);
        _file.WriteUInt32(Crc32C.Compute(body.Written));
        return reference;
    }

    private int List(params uint[] refs)
    {
        var offset = _file.Length;
        Section(content =>
        {
            content.WriteUInt32((uint)refs.Length);
            foreach (var reference in refs) content.WriteUInt32(reference);
        });
        return offset;
    }

    private static void Entry(ByteBuffer content, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int list)
    {
        content.WriteUvarint(2);
        content.WriteString(name);
        content.WriteString(value);
        content.WriteUvarint((ulong)list);
    }

    private void Section(Action<ByteBuffer> write)
    {
        using var content = new ByteBuffer();
        write(content);
        _file.WriteUInt32((uint)content.Length);
        _file.Write(content.Written);
        _file.WriteUInt32(Crc32C.Compute(content.Written));
    }
}
