using Tsdb.Files;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

public sealed class CheckpointTests : IDisposable
{
    private const int SegmentBytes = 32768;
    private readonly List<string> _log = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0, 0, false, 0)]
    [InlineData(0, 1, false, 0)]
    [InlineData(0, 2, false, 0)]
    [InlineData(0, 3, true, 1)]
    [InlineData(0, 4, true, 2)]
    [InlineData(5, 12, true, 9)]
    public void TryPlan_Segments_FoldsTheOlderTwoThirdsWithoutTheLast(int first, int last, bool worthIt, int to)
    {
        Assert.Equal(worthIt, Checkpoint.TryPlan(first, last, out var planned));
        if (worthIt) Assert.Equal(to, planned);
    }

    [Fact]
    public void Create_PreviousCheckpointExists_FoldsItInAndReadsOnlyNewerSegments()
    {
        WriteSegments(0, 3);
        Create(0, 1);
        Delete(0, 1);
        WriteSegments(4, 5);
        Create(2, 3);
        Checkpoint.DeleteBelow(_directory, 3, RealDisk.Instance);
        Assert.Equal([3], SegmentDirectory.ListCheckpoints(_directory));
        Assert.Equal([1ul, 2, 3, 4], SeriesOf(SegmentDirectory.CheckpointPath(_directory, 3)));
    }

    [Fact]
    public void Create_GapBehindThePreviousCheckpoint_FoldsWhatIsThere()
    {
        WriteSegments(0, 3);
        Create(0, 1);
        Delete(0, 2);
        Create(3, 3);
        Assert.Equal([1ul, 2, 4], SeriesOf(SegmentDirectory.CheckpointPath(_directory, 3)));
    }

    [Fact]
    public void Create_DamagedSegment_FoldsTheRestAndKeepsTheFile()
    {
        WriteSegments(0, 2);
        var path = SegmentDirectory.SegmentPath(_directory, 1);
        var bytes = File.ReadAllBytes(path);
        bytes[8] ^= 1;
        File.WriteAllBytes(path, bytes);
        Create(0, 2);
        Assert.Equal([1ul, 3], SeriesOf(SegmentDirectory.CheckpointPath(_directory, 2)));
        Assert.Contains("00000001 at", _log[0], StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(path + ".corrupt-1"));
    }

    [Fact]
    public void Create_LeftoverOfAnInterruptedOne_IsReplaced()
    {
        WriteSegments(0, 1);
        var leftover = Directory.CreateDirectory(SegmentDirectory.TemporaryCheckpointPath(_directory, 1)).FullName;
        File.WriteAllText(Path.Combine(leftover, "00000000"), "half");
        Create(0, 1);
        Assert.Equal([1ul, 2], SeriesOf(SegmentDirectory.CheckpointPath(_directory, 1)));
        Assert.False(Directory.Exists(leftover));
    }

    private void Create(int from, int to) =>
        Checkpoint.Create(
            _directory, from, to, 0, static _ => true, RecordCompression.Snappy, SegmentBytes, RealDisk.Instance,
            _log.Add, CancellationToken.None);

    private void Delete(int from, int to)
    {
        for (var i = from; i <= to; i++) File.Delete(SegmentDirectory.SegmentPath(_directory, i));
    }

    /// <summary>One series record in each segment: reference = number of the segment + 1.</summary>
    private void WriteSegments(int from, int to)
    {
        using var record = new ByteBuffer();
        using var writer = new SegmentWriter(_directory, SegmentBytes);
        for (var i = from; i <= to; i++)
        {
            record.Clear();
            RecordEncoder.Begin(record, RecordType.Series);
            RecordEncoder.AddSeries(record, (ulong)i + 1, LabelSet.FromStrings(("a", "b")).Encoded);
            writer.Log(record.Written);
            if (i < to) writer.NextSegment();
        }
    }

    private static List<ulong> SeriesOf(string directory)
    {
        var refs = new List<ulong>();
        using var reader = new SegmentReader(directory);
        while (reader.Read())
        {
            var series = new SeriesReader(reader.Record);
            while (series.Read()) refs.Add(series.Ref);
        }
        Assert.Null(reader.Corruption);
        return refs;
    }
}
