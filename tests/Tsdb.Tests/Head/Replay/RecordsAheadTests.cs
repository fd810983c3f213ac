using System.Buffers.Binary;
using TestKit;
using Tsdb.Head;
using Tsdb.Head.Replay;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Tests.Head.Replay;

/// <summary>The reading of a log beside its use: every record once, in order, and no failure lost.</summary>
public sealed class RecordsAheadTests : IDisposable
{
    private const int Records = 3000;

    private readonly TempFolder _folder = new();

    public RecordsAheadTests()
    {
        using var writer = new SegmentWriter(_folder.Path, segmentSizeBytes: 4 * PageFormat.PageBytes, RecordCompression.None);
        var record = new byte[997];
        for (var i = 0; i < Records; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record, i);
            writer.Log(record);
        }
    }

    private int Segments => SegmentDirectory.ListNumbers(_folder.Path).Length;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Next_SeveralSegments_GivesEachRecordOnceInOrderWithItsPlace(bool isThreaded)
    {
        using var ahead = new RecordsAhead(Segments, Open, isThreaded);
        var (expected, ended) = (0, 0);
        while (ahead.Next() is { } page)
        {
            Assert.Equal(ended, page.Part);
            using var alone = Open(page.Part);
            for (var i = 0; i < page.Count; i++)
            {
                Assert.Equal(expected++, BinaryPrimitives.ReadInt32LittleEndian(page[i]));
                while (alone.Read() && !alone.Record.SequenceEqual(page[i]))
                {
                }
                Assert.Equal(alone.Offset, page.OffsetOf(i));
            }
            if (page.EndsPart) ended++;
        }
        Assert.Equal((Records, Segments), (expected, ended));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Next_ASegmentCannotBeOpened_GivesWhatIsBeforeItAndThenThrows(bool isThreaded)
    {
        using var ahead = new RecordsAhead(Segments, i => i < 2 ? Open(i) : throw new IOException("disk gone"), isThreaded);
        var ended = 0;
        var failure = Assert.Throws<IOException>(() =>
        {
            while (ahead.Next() is { } page) ended += page.EndsPart ? 1 : 0;
        });
        Assert.Equal(("disk gone", 2), (failure.Message, ended));
    }

    [Fact]
    public void Dispose_InTheMiddle_StopsTheReading()
    {
        var opened = 0;
        using (var ahead = new RecordsAhead(Segments, i => { opened++; return Open(i); }, isThreaded: true)) ahead.Next();
        Assert.InRange(opened, 1, Segments - 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SeriesOf_RecordCutShort_GivesWhatIsInFrontOfTheDefect(int cut)
    {
        using var folder = new TempFolder();
        using var record = new ByteBuffer();
        RecordEncoder.Begin(record, RecordType.Series);
        for (var i = 1; i <= 3; i++) RecordEncoder.AddSeries(record, (ulong)i, Labels(i));
        using (var writer = new SegmentWriter(folder.Path, segmentSizeBytes: 4 * PageFormat.PageBytes, RecordCompression.None))
        {
            writer.Log([(byte)RecordType.Unknown]);
            writer.Log(record.Written[..^cut]);
        }
        using var ahead = new RecordsAhead(1, i => new SegmentReader(folder.Path, i, i), isThreaded: false);
        var page = ahead.Next()!;
        Assert.Equal(0, page.SeriesOf(0, out _).Length);
        var series = page.SeriesOf(1, out var status);
        Assert.Equal((cut == 0 ? RecordStatus.Ok : RecordStatus.InvalidSize, 3 - cut), (status, series.Length));
        using var scratch = new ByteBuffer();
        for (var i = 0; i < series.Length; i++)
        {
            Assert.Equal((ulong)i + 1, series[i].Ref);
            Assert.Equal(Labels(i + 1), series[i].LabelsIn(page[1]));
            Assert.Equal(CanonicalKey.Compute(Labels(i + 1), scratch), series[i].Key);
        }

        static ReadOnlySpan<byte> Labels(int number) =>
            LabelSet.FromStrings(("a", new string('x', number * 100)), ("n", $"{number}")).Encoded;
    }

    private SegmentReader Open(int segment) => new(_folder.Path, segment, segment);
}
