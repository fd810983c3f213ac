using System.Text;
using TestKit;
using Tsdb.Head;
using Tsdb.Head.Metadata;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Wal;

namespace Tsdb.Tests.Head.Metadata;

/// <summary>What a database remembers about its metrics, in memory and in the log.</summary>
public class MetadataTests
{
    private const long Start = 1_700_000_400_000; // The beginning of a ten-minute block.
    private const long Minute = 60_000;

    private static readonly LabelSet A = LabelSet.FromStrings(("__name__", "a"));
    private static readonly LabelSet B = LabelSet.FromStrings(("__name__", "b"));

    private static readonly SeriesMetadata Seconds = new(MetricType.Counter, "seconds"u8, "How long."u8);

    [Fact]
    public void SetMetadata_Committed_IsTheNewestAlsoAfterACrash()
    {
        using var folder = new TempFolder();
        using (var database = Open(folder.At("0")))
        {
            Set(database, A, 0, new SeriesMetadata(MetricType.Gauge, ""u8, "Old."u8));
            Set(database, A, 1, Seconds);
            Set(database, B, 1, Seconds);
            Assert.Equal(["a Counter seconds How long.", "b Counter seconds How long."], Texts(database));
            Sequences.Crash.Copy(folder.At("0"), folder.At("1"));
        }
        using (var database = Open(folder.At("1")))
            Assert.Equal(["a Counter seconds How long.", "b Counter seconds How long."], Texts(database));
    }

    [Fact]
    public void SetMetadata_Unchanged_IsNotLogged()
    {
        using var folder = new TempFolder();
        using (var database = Open(folder.At("0")))
        {
            Assert.Equal(MetadataResult.Accepted, Set(database, A, 0, Seconds));
            Assert.Equal(MetadataResult.Unchanged, Set(database, A, 1, new SeriesMetadata(MetricType.Counter, "seconds"u8,
                "How long."u8)));
            Assert.Equal(MetadataResult.Accepted, Set(database, A, 2, new SeriesMetadata(MetricType.Counter, "second"u8,
                "sHow long."u8)));
        }
        var records = 0;
        using var reader = new SegmentReader(folder.At("0", "wal"));
        while (reader.Read())
            if (RecordTypes.Of(reader.Record) == RecordType.Metadata) records++;
        Assert.Equal(2, records);
    }

    [Fact]
    public void SetMetadata_RolledBack_HasNoEffect()
    {
        using var folder = new TempFolder();
        using var database = Open(folder.At("0"));
        using (var appender = database.CreateAppender())
        {
            appender.Append(A, Start, 1);
            Assert.Equal(MetadataResult.Accepted, appender.SetMetadata(IndexOf(appender, A), Seconds));
            Assert.Equal(MetadataResult.NoSeries, appender.SetMetadata(AppendItem.NoSeries, Seconds));
        }
        Assert.Empty(Texts(database));
    }

    [Fact]
    public void Metadata_SeriesLeavesTheHead_IsForgottenAndCheckpointsKeepTheRest()
    {
        using var folder = new TempFolder();
        using (var database = Open(folder.At("0")))
        {
            Set(database, B, 0, Seconds);
            for (var minute = 0; minute < 60; minute++)
            {
                Set(database, A, minute, minute == 0 ? Seconds : null);
                if (minute % 15 == 14) database.CutDueBlocks(Start + (minute * Minute));
            }
            Assert.NotEmpty(Directory.GetDirectories(folder.At("0", "wal"))); // The record from the beginning is in it.
            Assert.Equal(["a Counter seconds How long."], Texts(database));
            Assert.Equal(1, database.Parts.Head.Metadata.SeriesCount);
            Assert.Equal(database.Parts.Head.Metadata.SizeBytes, database.HeadMemory.Metadata);
        }
        using (var database = Open(folder.At("0"))) Assert.Equal(["a Counter seconds How long."], Texts(database));
    }

    [Fact]
    public void HeadMetadata_Replaced_CountsOnlyWhatIsUsed()
    {
        using var metadata = new HeadMetadata();
        metadata.Set(1, Seconds);
        var one = metadata.SizeBytes;
        metadata.Set(2, new SeriesMetadata(MetricType.Counter, "seconds"u8, "How long."u8));
        Assert.Same(metadata.Find(1), metadata.Find(2));
        var two = metadata.SizeBytes;
        metadata.Set(2, new SeriesMetadata(MetricType.Gauge, "m"u8, new byte[10_000]));
        Assert.True(metadata.SizeBytes > two + 10_000);
        metadata.Forget(2);
        Assert.Equal(one, metadata.SizeBytes);
        metadata.Forget(1);
        Assert.Equal(0, metadata.SizeBytes);
    }

    [Fact]
    public void HeadMetadata_TooManyTexts_RefusesNewOnes()
    {
        var large = new byte[10_000];
        using var metadata = new HeadMetadata(large.Length);
        metadata.Set(1, new SeriesMetadata(MetricType.Gauge, ""u8, large));

        Assert.Equal(MetadataResult.Full, metadata.Decide(2, Seconds));
        Assert.Equal(MetadataResult.Accepted, metadata.Decide(2, new SeriesMetadata(MetricType.Gauge, ""u8, large)));
        metadata.Set(1, Seconds);
        Assert.Equal(MetadataResult.Accepted, metadata.Decide(2, Seconds));
    }

    private static MetadataResult Set(Database database, LabelSet labels, int minute, SeriesMetadata? metadata)
    {
        using var appender = database.CreateAppender();
        Assert.Equal(AppendResult.Appended, appender.Append(labels, Start + (minute * Minute), 1));
        var result = metadata is null ? MetadataResult.Unchanged : appender.SetMetadata(IndexOf(appender, labels), metadata);
        appender.Commit();
        return result;
    }

    private static uint IndexOf(HeadAppender appender, LabelSet labels)
    {
        using var scratch = new ByteBuffer();
        AppendItem[] items = [new AppendItem { Key = CanonicalKey.Compute(labels.Encoded, scratch) }];
        appender.Find(items);
        return items[0].SeriesIndex;
    }

    private static List<string> Texts(Database database)
    {
        var texts = new List<string>();
        foreach (var (labels, metadata) in database.SelectMetadata(HistogramDump.Everything))
        {
            var name = Encoding.UTF8.GetString(labels.Find("__name__"u8));
            var (unit, help) = (Encoding.UTF8.GetString(metadata.Unit), Encoding.UTF8.GetString(metadata.Help));
            texts.Add($"{name} {metadata.Type} {unit} {help}");
        }
        return texts;
    }

    private static Database Open(string directory) => Database.Open(new DatabaseOptions
    {
        Directory = directory,
        MinBlockDurationMs = 10 * Minute,
        MaxBlockDurationMs = 10 * Minute,
        RetentionMs = 0,
        Clock = new ManualClock(),
    });
}
