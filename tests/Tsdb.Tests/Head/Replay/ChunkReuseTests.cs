using System.Linq;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Memory;

namespace Tsdb.Tests.Head.Replay;

/// <summary>Chunk files of the run before are used again; whatever is missing or damaged in them costs time, never a
/// sample.</summary>
public sealed class ChunkReuseTests : IDisposable
{
    private const long Start = 1_700_000_000_000;
    private const int Series = 20;

    private readonly TempFolder _folder = new();

    private string ChunksDirectory => Path.Combine(_folder.Path, "chunks_head");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_WithChunkFiles_WritesNoChunkAgain()
    {
        var expected = Fill(600);
        var before = File.ReadAllBytes(Path.Combine(ChunksDirectory, "000001"));

        for (var start = 0; start < 3; start++)
        {
            using var database = Open();
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), "after start");
            Assert.Equal(0, database.HeadCounters.ChunksWritten);
            Assert.Equal(Start, database.HeadMinTimeMs);
        }
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(ChunksDirectory, "000001")));
    }

    [Fact]
    public void Append_AfterOpen_GoesOnWhereTheLogEnds()
    {
        var expected = Fill(600);
        using (var database = Open())
        {
            var more = new LoggedSeries(database);
            for (var i = 600; i < 900; i++) more.Append(0, Series, Start + (i * 15_000L), i);
            foreach (var (labels, samples) in more.Accepted)
            {
                foreach (var (t, value) in samples) expected[labels].Add(t, value);
            }
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), "before close");
        }
        using var again = Open();
        LoggedSeries.AssertSame(expected, LoggedSeries.Dump(again), "after reopening");
    }

    [Fact]
    public void Open_AnyChunksMissing_TakesTheirSamplesFromTheLog()
    {
        var expected = Fill(600);
        var whole = _folder.At("whole");
        Directory.Move(ChunksDirectory, whole);
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            if (Directory.Exists(ChunksDirectory)) Directory.Delete(ChunksDirectory, recursive: true);
            var kept = CopyEntries(whole, ChunksDirectory, _ => random.Next(10) < seed % 10);
            using (var database = Open())
                LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"seed {seed}, {kept} chunks kept");
            // The second start finds chunks that were written again behind some that were put aside.
            using (var database = Open())
                LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"seed {seed}, second start");
        }
    }

    [Fact]
    public void Open_FileCutAnywhere_KeepsItAsideAndLosesNothing()
    {
        var expected = Fill(300);
        var whole = File.ReadAllBytes(Path.Combine(ChunksDirectory, "000001"));
        var end = Array.FindLastIndex(whole, b => b != 0) + 1;
        var random = new Random(5);
        for (var run = 0; run < 25; run++)
        {
            var length = random.Next(HeadChunkFormat.FileHeaderBytes, end);
            foreach (var file in Directory.GetFiles(ChunksDirectory)) File.Delete(file);
            File.WriteAllBytes(Path.Combine(ChunksDirectory, "000001"), whole[..length]);
            using var database = Open();
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"cut at {length}");
            var isAside = File.Exists(Path.Combine(ChunksDirectory, "000001.corrupt-1"));
            Assert.Equal(isAside ? 1 : 0, database.HeadCounters.ChunkFileCorruptions);
        }
    }

    [Fact]
    public void Open_BitFlippedAnywhere_LosesNothing()
    {
        var expected = Fill(300);
        var whole = File.ReadAllBytes(Path.Combine(ChunksDirectory, "000001"));
        var end = Array.FindLastIndex(whole, b => b != 0) + 1;
        var random = new Random(6);
        for (var run = 0; run < 25; run++)
        {
            var at = random.Next(HeadChunkFormat.FileHeaderBytes, end);
            foreach (var file in Directory.GetFiles(ChunksDirectory)) File.Delete(file);
            var flipped = whole.ToArray();
            flipped[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Path.Combine(ChunksDirectory, "000001"), flipped);
            using var database = Open();
            LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), $"flipped at {at}");
        }
    }

    [Fact]
    public void Open_EndOfTheLogLost_HasWhatTheChunkFilesHave()
    {
        var expected = Fill(600);
        var segment = Path.Combine(_folder.Path, "wal", "00000000");
        var length = new FileInfo(segment).Length;
        foreach (var part in new[] { 0.9, 0.5, 0.2 })
        {
            using (var file = File.OpenWrite(segment)) file.SetLength((long)(length * part));
            SortedDictionary<string, SortedDictionary<long, string>> found;
            using (var database = Open())
            {
                found = LoggedSeries.Dump(database);
                LoggedSeries.AssertSame(found, expected, "nothing made up", isSubset: true);
                foreach (var (labels, samples) in found)
                {
                    Assert.True(samples.Count >= 480, $"{labels} has {samples.Count} samples, chunk files have 480 or more");
                    // The newest sample is known: the same one again is a duplicate, another value a conflict.
                    var last = samples.Keys.Max();
                    using var appender = database.CreateAppender();
                    Tsdb.Head.AppendItem[] items = [Again(labels, last, samples[last], 0), Again(labels, last, samples[last], 1)];
                    foreach (ref var item in items.AsSpan()) appender.Create(ref item, LabelsOf(labels).Encoded);
                    appender.Append(items);
                    Assert.Equal(Tsdb.Head.AppendResult.Duplicate, items[0].Result);
                    Assert.Equal(Tsdb.Head.AppendResult.DuplicateConflict, items[1].Result);
                }
            }
        }
    }

    [Fact]
    public void Open_LogGone_DropsChunksAndNeverGivesTheirReferencesAway()
    {
        Fill(600);
        Directory.Delete(Path.Combine(_folder.Path, "wal"), recursive: true);
        SortedDictionary<string, SortedDictionary<long, string>> expected;
        using (var database = Open())
        {
            Assert.Equal(0, database.SeriesCount);
            var other = new LoggedSeries(database);
            other.Append(1000, 1, Start + 15_000, 1.0);
            expected = other.Snapshot();
        }
        using var again = Open();
        LoggedSeries.AssertSame(expected, LoggedSeries.Dump(again), "a new series has only its own samples");
    }

    [Fact]
    public void Open_HistogramsAndStaleMarkers_AreTheSameWithAndWithoutFiles()
    {
        SortedDictionary<string, SortedDictionary<long, string>> expected;
        using (var database = Open())
        {
            var series = new LoggedSeries(database);
            var random = new Random(11);
            for (var i = 0; i < 500; i++)
            {
                var t = Start + (i * 15_000L);
                for (var s = 0; s < 6; s++)
                {
                    if (random.Next(60) == 0) series.Append(s, 1, t, StaleMarker.Bits);
                    else if (((i / 90) + s) % 2 == 0) series.Append(s, 1, t, i);
                    else series.AppendHistogram(s, t, (ulong)(100 + i));
                }
            }
            expected = LoggedSeries.Dump(database);
        }
        using (var database = Open()) LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), "with files");
        Directory.Delete(ChunksDirectory, recursive: true);
        using (var database = Open()) LoggedSeries.AssertSame(expected, LoggedSeries.Dump(database), "without files");
    }

    private static Tsdb.Head.AppendItem Again(string labels, long t, string bits, ulong change)
    {
        return new Tsdb.Head.AppendItem
        {
            Key = KeyedHash.Compute(LabelsOf(labels).Encoded), TimestampMs = t, ValueBits = Convert.ToUInt64(bits, 16) + change,
        };
    }

    private static Tsdb.Labels.LabelSet LabelsOf(string text) =>
        Tsdb.Labels.LabelSet.FromStrings(("__name__", "m"), ("series", text.Split('"')[3]));

    private static int CopyEntries(string from, string to, Predicate<HeadChunkEntry> keep)
    {
        var entries = new List<HeadChunkEntry>();
        using var source = HeadChunkFiles.Open(from);
        Assert.Null(source.Load(
            entry =>
            {
                if (keep(entry)) entries.Add(entry);
                return true;
            },
            entries.Clear));
        using var target = HeadChunkFiles.Open(to);
        using var bytes = new ByteBuffer();
        foreach (var entry in entries)
        {
            bytes.Clear();
            Assert.True(source.TryRead(entry.ChunkRef, bytes, out _));
            target.Write(entry.SeriesRef, entry.MinTimeMs, entry.MaxTimeMs, entry.Encoding, bytes.Written, entry.IsOutOfOrder);
        }
        return entries.Count;
    }

    private SortedDictionary<string, SortedDictionary<long, string>> Fill(int rounds)
    {
        using var database = Open();
        var series = new LoggedSeries(database);
        for (var i = 0; i < rounds; i++) series.Append(0, Series, Start + (i * 15_000L), Math.Sin(i));
        return series.Accepted;
    }

    private Database Open() => Database.Open(new DatabaseOptions { Directory = _folder.Path });
}
