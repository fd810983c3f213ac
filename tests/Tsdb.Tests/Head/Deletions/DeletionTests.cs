using System.Text;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;
using Tsdb.Wal;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Deletions;

/// <summary>Deletion in the head and in blocks, step by step.</summary>
public class DeletionTests
{
    private const long Start = 1_700_000_000_000;

    private static readonly LabelSet A = LabelSet.FromStrings(("__name__", "a"));
    private static readonly LabelSet B = LabelSet.FromStrings(("__name__", "b"));

    [Fact]
    public void Delete_LaterSamples_Stay()
    {
        using var folder = new TempFolder();
        using var database = Open(folder);
        Append(database, A, 0, 1, 2);
        Assert.Equal(1, database.Delete(0, long.MaxValue, [Name("a")]));
        Append(database, A, 3);

        Assert.Equal(["a 3"], Times(database));
        Assert.Equal(0, database.Delete(0, long.MaxValue, [])); // No matcher selects nothing.
    }

    [Fact]
    public void Delete_Label_IsStillListed()
    {
        using var folder = new TempFolder();
        using var database = Open(folder);
        Append(database, A, 0);
        database.Delete(long.MinValue, long.MaxValue, [Name("a")]);

        Assert.Empty(Times(database));
        Assert.Single(database.LabelValues("__name__"u8, Start, Start, []));
    }

    [Fact]
    public void CleanTombstones_Block_IsReplacedByAChildOrByNothing()
    {
        using var folder = new TempFolder();
        using var database = Open(folder);
        Append(database, A, 0, 1);
        Append(database, B, 2, 3);
        database.Flush();
        var old = Assert.Single(database.Blocks).Meta;
        database.Delete(Start + 1, Start + 2, [Name("a|b")]);
        Assert.Equal(2, BlockMeta.Load(Path.Combine(folder.Path, old.Ulid)).Stats.TombstoneCount);

        var ulid = Assert.Single(database.CleanTombstones());

        var meta = Assert.Single(database.Blocks).Meta;
        Assert.Equal((ulid, old.MinTimeMs, old.MaxTimeMs), (meta.Ulid, meta.MinTimeMs, meta.MaxTimeMs));
        Assert.Equal(old.Ulid, Assert.Single(meta.Parents).Ulid);
        Assert.Equal((1, 1, 1, 0), (meta.Level, meta.Stats.SampleCount, meta.Stats.SeriesCount, meta.Stats.TombstoneCount));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, old.Ulid)));
        Assert.Equal(["a 0", "b 3"], Times(database));
        Assert.Empty(database.CleanTombstones());

        database.Delete(long.MinValue, Start + 2, [Name("a|b")]);
        Assert.Empty(database.CleanTombstones());
        Assert.Equal(ulid, Assert.Single(database.Blocks).Meta.Ulid); // The newest says where the log begins to count.
        Assert.Equal(["b 3"], Times(database));

        Append(database, B, 7_300_000, 7_300_001);
        database.Flush();
        Assert.Empty(database.CleanTombstones());
        Assert.DoesNotContain(database.Blocks, block => block.Meta.Ulid == ulid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CleanTombstones_NewestBlockOfWhichNothingIsLeft_DoesNotComeBackFromTheLog(bool isKilled)
    {
        using var folder = new TempFolder();
        using (var database = Open(folder.At("0")))
        {
            Append(database, A, 0, 1, 2);
            Append(database, B, 3);
            database.Flush();
            database.Delete(Start, Start + 2, [Name("a")]);
            database.CleanTombstones();
            Assert.Equal(["b 3"], Times(database));
            if (isKilled) Sequences.Crash.Copy(folder.At("0"), folder.At("1"));
        }
        using var again = Open(folder.At(isKilled ? "1" : "0"));
        Assert.Equal(["b 3"], Times(again));
        again.CleanTombstones();
        Assert.Equal(["b 3"], Times(again));
    }

    [Fact]
    public void Delete_CutBehindTheRange_FreesItsMemory()
    {
        using var folder = new TempFolder();
        using var database = Open(folder);
        Append(database, A, 0, 1, 2, 3);
        database.Delete(Start + 1, Start + 1, [Name("a")]);
        database.Delete(Start + 2, Start + 2, [Name("a")]);
        Assert.Equal(1, database.Parts.Head.Tombstones.Count);
        database.Flush();
        // The open chunk reaches across the cut, and with it what was deleted of it.
        Assert.Equal(1, database.Parts.Head.Tombstones.Count);
        Assert.Equal(["a 0", "a 3"], Times(database));
        Append(database, B, 7_300_000, 7_300_001);
        database.Flush();
        Assert.Equal(0, database.Parts.Head.Tombstones.Count);
        Assert.Equal(["a 0", "a 3", "b 7300000", "b 7300001"], Times(database));
    }

    [Fact]
    public void Delete_WhenThereAreTooManyRanges_IsRefusedAndChangesNothing()
    {
        using var folder = new TempFolder();
        using var database = Open(folder);
        Append(database, A, 0, 1);
        database.Parts.Head.Tombstones.RangesMax = 1;
        database.Delete(Start + 1, Start + 1, [Name("a")]);
        Assert.True(database.HeadMemory.Deletions > 0);

        Assert.Throws<InsufficientMemoryException>(() => database.Delete(Start, Start, [Name("a")]));
        Assert.Equal(["a 0"], Times(database));
    }

    [Fact]
    public void Replay_SeriesRemovedFromTheHead_IsGoneAndCanComeBack()
    {
        using var folder = new TempFolder();
        using (var record = new ByteBuffer())
        using (var log = new SegmentWriter(folder.At("wal"), 1 << 20, RecordCompression.None))
        {
            WriteSeries(log, record, 1, A);
            WriteSample(log, record, 1, 0);
            WriteSeries(log, record, 2, B);
            WriteSample(log, record, 2, 0);
            record.Clear();
            RecordEncoder.Begin(record, RecordType.Tombstones);
            RecordEncoder.AddTombstone(record, 1, long.MinValue, long.MaxValue);
            log.Log(record.Written);
            WriteSample(log, record, 1, 1); // Of a series that is gone.
            WriteSeries(log, record, 3, A);
            WriteSample(log, record, 3, 2);
        }
        using var database = Open(folder);

        Assert.Equal(["a 2", "b 0"], Times(database));
        Assert.Equal(2, database.SeriesCount);
        Assert.Equal(1, database.HeadCounters.ReplayUnknownSamples);
    }

    private static void WriteSeries(SegmentWriter log, ByteBuffer record, ulong reference, LabelSet labels)
    {
        record.Clear();
        RecordEncoder.Begin(record, RecordType.Series);
        RecordEncoder.AddSeries(record, reference, labels.Encoded);
        log.Log(record.Written);
    }

    private static void WriteSample(SegmentWriter log, ByteBuffer record, ulong reference, long offsetMs)
    {
        record.Clear();
        SamplesRecord.Begin(record, reference, Start + offsetMs).Add(reference, Start + offsetMs, 0);
        log.Log(record.Written);
    }

    private static void Append(Database database, LabelSet labels, params ReadOnlySpan<long> offsetsMs)
    {
        using var appender = database.CreateAppender();
        foreach (var offset in offsetsMs) Assert.Equal(AppendResult.Appended, appender.Append(labels, Start + offset, 1));
        appender.Commit();
    }

    private static Matcher Name(string pattern)
    {
        Assert.True(Matcher.TryCreate(MatchType.Regex, "__name__"u8, Encoding.UTF8.GetBytes(pattern), out var matcher, out _));
        return matcher;
    }

    private static List<string> Times(Database database)
    {
        var times = new List<string>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            var name = Encoding.UTF8.GetString(labels.Find("__name__"u8));
            foreach (var t in samples.Keys) times.Add($"{name} {t - Start}");
        }
        return times;
    }

    private static Database Open(TempFolder folder) => Open(folder.Path);

    private static Database Open(string directory) =>
        Database.Open(new DatabaseOptions { Directory = directory, Clock = new ManualClock(), RetentionMs = 0 });
}
