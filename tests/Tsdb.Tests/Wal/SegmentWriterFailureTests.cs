using Tsdb.Wal;

namespace Tsdb.Tests.Wal;

/// <summary>What the writer does when the disk fails: nothing half-written is ever followed by anything.</summary>
public sealed class SegmentWriterFailureTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("wal-fail-").FullName;
    private readonly FailingDisk _disk = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Flush_EveryWriteFailsOnceAtAnyLength_LogHoldsExactlyTheWholeBatches()
    {
        for (var fail = 0; fail < 12; fail++)
        {
            for (var torn = 0; torn < 3; torn++)
            {
                var directory = Path.Combine(_directory, $"{fail}-{torn}");
                var (expected, failures) = WriteWithOneFailure(directory, fail, tornBytes: torn * 5_000);
                Assert.Equal(1, failures);
                Assert.Equal(expected, ReadAll(directory));
            }
        }
    }

    [Fact]
    public void Log_AfterAFailedWrite_ThrowsUntilANewSegmentWasStarted()
    {
        using var writer = Open(_directory);
        writer.Log([1]);
        _disk.FailWrites(1, tornBytes: 3);
        var error = Assert.Throws<IOException>(() => writer.Log([2]));
        Assert.Contains($"{SegmentDirectory.SegmentPath(_directory, 0)} at 8", error.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => writer.Log([3]));
        Assert.Throws<IOException>(() => writer.Append([4]));
        writer.NextSegment();
        Assert.Equal(1, writer.Segment);
        writer.Log([5]);
        Assert.Equal(["01", "05"], ReadAll(_directory));
        Assert.Equal(1, writer.Counters.WritesFailed);
    }

    [Fact]
    public void NextSegment_TornTailCannotBeCut_StaysFailed()
    {
        using var writer = Open(_directory);
        writer.Log([1]);
        _disk.FailWrites(1, tornBytes: 3);
        Assert.Throws<IOException>(() => writer.Log([2]));
        _disk.FailTruncates = true;
        Assert.Throws<IOException>(writer.NextSegment);
        Assert.Throws<IOException>(() => writer.Log([3]));
        _disk.FailTruncates = false;
        writer.NextSegment();
        writer.Log([4]);
        Assert.Equal(["01", "04"], ReadAll(_directory));
    }

    [Fact]
    public void NextSegment_FileCannotBeCreated_StaysFailedAndCanBeTriedAgain()
    {
        using var writer = Open(_directory);
        writer.Log([1]);
        _disk.FailCreates = true;
        Assert.Throws<IOException>(writer.NextSegment);
        Assert.Throws<IOException>(() => writer.Log([2]));
        _disk.FailCreates = false;
        writer.NextSegment();
        writer.Log([3]);
        Assert.Equal(["01", "03"], ReadAll(_directory));
    }

    [Fact]
    public void Sync_DeviceRefuses_FailsTheSegment()
    {
        using var writer = Open(_directory);
        writer.Log([1]);
        _disk.FailSyncs(1);
        Assert.Throws<IOException>(writer.Sync);
        Assert.Throws<IOException>(() => writer.Log([2]));
        writer.NextSegment();
        writer.Log([3]);
        writer.Sync();
        Assert.Equal(["01", "03"], ReadAll(_directory));
    }

    [Fact]
    public void NextSegment_FinishedSegmentCannotBeFlushed_IsReportedByTheNextSync()
    {
        using var writer = Open(_directory);
        writer.Log([1]);
        _disk.FailSyncs(1, path: SegmentDirectory.SegmentPath(_directory, 0));
        writer.NextSegment();
        var error = Assert.Throws<IOException>(writer.Sync);
        Assert.Contains("sync previous segment", error.Message, StringComparison.Ordinal);
        writer.Log([2]);
        writer.Sync();
    }

    [Fact]
    public void Log_Warm_AllocatesNothing()
    {
        using var writer = new SegmentWriter(_directory, 32768 * 1024);
        var record = new byte[30_000];
        for (var i = 0; i < record.Length; i++) record[i] = (byte)(i % 7 * (i % 31));
        for (var i = 0; i < 3; i++) writer.Log(record);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) writer.Log(record);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Truncate_BelowASegment_DeletesTheOlderOnesOnly()
    {
        using var writer = Open(_directory);
        for (var i = 0; i < 5; i++)
        {
            writer.Log([(byte)i]);
            writer.NextSegment();
        }
        writer.Truncate(3);
        Assert.Equal([3, 4, 5], SegmentDirectory.ListSegments(_directory));
        writer.Truncate(100);
        Assert.Equal([5], SegmentDirectory.ListSegments(_directory));
        Assert.Equal(2, writer.Counters.Truncations);
    }

    private SegmentWriter Open(string directory) =>
        new(directory, 65536, RecordCompression.None, counters: null, _disk);

    private (List<string> Expected, int Failures) WriteWithOneFailure(string directory, int failingWrite, int tornBytes)
    {
        var expected = new List<string>();
        var failures = 0;
        using var writer = Open(directory);
        _disk.FailWrites(1, tornBytes, after: failingWrite);
        for (var batch = 0; batch < 14; batch++)
        {
            // Two records a batch; none straddles a segment end together with another, so a batch is kept or dropped as a whole.
            var records = new[] { Filled(batch, 9_000), Filled(batch + 100, 1_000) };
            try
            {
                foreach (var record in records) writer.Append(record);
                writer.Flush();
                foreach (var record in records) expected.Add(Convert.ToHexString(record));
            }
            catch (IOException)
            {
                failures++;
                writer.NextSegment();
            }
        }
        return (expected, failures);
    }

    private static byte[] Filled(int value, int length)
    {
        var record = new byte[length];
        Array.Fill(record, (byte)value);
        return record;
    }

    private static List<string> ReadAll(string directory)
    {
        var records = new List<string>();
        using var reader = new SegmentReader(directory);
        while (reader.Read()) records.Add(Convert.ToHexString(reader.Record));
        Assert.Null(reader.Corruption);
        return records;
    }
}
