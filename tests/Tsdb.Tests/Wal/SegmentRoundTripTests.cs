using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

public sealed class SegmentRoundTripTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("wal-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    public void Writer_RandomRecordsAcrossSegments_AreReadBackInOrder(int seed, int compression)
    {
        var random = new Random(seed);
        var expected = new List<byte[]>();
        using (var writer = new SegmentWriter(_directory, 65536, (RecordCompression)compression))
        {
            for (var batch = 0; batch < 60; batch++)
            {
                for (var i = random.Next(4); i >= 0; i--)
                {
                    var record = RandomRecord(random);
                    expected.Add(record);
                    writer.Append(record);
                }
                writer.Flush();
            }
        }
        Assert.True(SegmentDirectory.ListSegments(_directory).Length > 3, $"seed {seed}");
        AssertRecords(expected, seed);
    }

    [Fact]
    public void Writer_OpenedAgain_BeginsANewSegmentAndKeepsTheOld()
    {
        using (var writer = new SegmentWriter(_directory)) writer.Log([1, 2, 3]);
        using (var writer = new SegmentWriter(_directory))
        {
            Assert.Equal(1, writer.Segment);
            writer.Log([4]);
        }
        AssertRecords([[1, 2, 3], [4]], 0);
    }

    [Fact]
    public void Writer_OnlyACheckpointLeft_BeginsAboveIt()
    {
        Directory.CreateDirectory(SegmentDirectory.CheckpointPath(_directory, 7));
        using var writer = new SegmentWriter(_directory);
        Assert.Equal(8, writer.Segment);
    }

    private static byte[] RandomRecord(Random random)
    {
        var lengthMax = random.Next(10) switch { 0 => 1, < 6 => 200, < 9 => 40_000, _ => 90_000 };
        var record = new byte[random.Next(lengthMax)];
        // Few distinct bytes compress, so both stored forms occur.
        if (random.Next(2) == 0)
            random.NextBytes(record);
        else
            for (var i = 0; i < record.Length; i++) record[i] = (byte)random.Next(3);
        return record;
    }

    private void AssertRecords(List<byte[]> expected, int seed)
    {
        using var reader = new SegmentReader(_directory);
        var at = 0;
        while (reader.Read())
        {
            Assert.True(at < expected.Count && reader.Record.SequenceEqual(expected[at]), $"record {at}, seed {seed}");
            at++;
        }
        Assert.Null(reader.Corruption);
        Assert.Equal(expected.Count, at);
    }
}
