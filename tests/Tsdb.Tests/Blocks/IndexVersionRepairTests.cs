using TestKit;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Head;

namespace Tsdb.Tests.Blocks;

/// <summary>A block as Prometheus 2.1.0 left it: index version 1 over the contents of version 2, and 2 in meta.json.</summary>
public sealed class IndexVersionRepairTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _block;
    private readonly string _truth;
    private readonly byte[] _index;
    private readonly string _meta;

    public IndexVersionRepairTests()
    {
        using (var database = Database.Open(new DatabaseOptions { Directory = _folder.Path }))
        {
            for (var i = 0; i < 300; i++)
            {
                using var appender = database.CreateAppender();
                appender.Append(LabelSet.FromStrings(("__name__", "m"), ("i", $"{i % 7}")), 1_700_000_000_000 + i, i);
                appender.Commit();
            }
            _block = Path.Combine(_folder.Path, Assert.Single(database.Flush()));
        }
        Directory.Delete(Path.Combine(_folder.Path, "wal"), recursive: true); // Nothing but the block has the samples.
        _truth = DumpAfterOpening(out _);
        _index = File.ReadAllBytes(IndexPath);
        _meta = File.ReadAllText(MetaPath);
    }

    private string IndexPath => Path.Combine(_block, "index");

    private string MetaPath => Path.Combine(_block, "meta.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)] // A crash came between the index and meta.json.
    public void Open_BlockOfPrometheus21_IsMendedAndRead(byte indexVersion)
    {
        Damage(indexVersion, metaVersion: 2);
        Assert.Equal(_truth, DumpAfterOpening(out var log));

        Assert.Contains(log, static line => line.Contains("Prometheus 2.1.0", StringComparison.Ordinal));
        Assert.Equal(_index, File.ReadAllBytes(IndexPath));
        Assert.Equal(_meta, File.ReadAllText(MetaPath));
        Assert.Equal(_truth, DumpAfterOpening(out log));
        Assert.DoesNotContain(log, static line => line.Contains("Prometheus 2.1.0", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_MetaOfAnUnknownVersion_IsLeftOutAndLeftAlone()
    {
        Damage(indexVersion: 1, metaVersion: 3);
        Assert.NotEqual(_truth, DumpAfterOpening(out var log));

        Assert.Contains(log, static line => line.Contains("unexpected meta file version 3", StringComparison.Ordinal));
        Assert.Equal(1, File.ReadAllBytes(IndexPath)[4]);
    }

    private void Damage(byte indexVersion, int metaVersion)
    {
        var index = (byte[])_index.Clone();
        index[4] = indexVersion;
        File.WriteAllBytes(IndexPath, index);
        File.WriteAllText(MetaPath, _meta.Replace("\"version\": 1", $"\"version\": {metaVersion}", StringComparison.Ordinal));
        Assert.NotEqual(_meta, File.ReadAllText(MetaPath));
    }

    private string DumpAfterOpening(out List<string> log)
    {
        var lines = log = [];
        using var database = Database.Open(new DatabaseOptions { Directory = _folder.Path, Log = lines.Add });
        return OutOfOrderFixture.Dump(database);
    }
}
