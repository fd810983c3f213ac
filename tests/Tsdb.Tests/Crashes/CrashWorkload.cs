using System.Linq;
using System.Text;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Files;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Crashes;

/// <summary>A small life of a database that touches everything which writes, and what it was told on the way.</summary>
/// <param name="root">Above the database.</param>
/// <param name="fsync">When the log is flushed.</param>
/// <param name="journal">Where steps are written down.</param>
/// <param name="disk">What the database writes through; the journal, or something in front of it.</param>
internal sealed class CrashWorkload(string root, WalFsync fsync, JournalDisk journal, IDisk disk)
{
    public const long Start = 1_700_000_040_000; // The beginning of a minute.
    private const int Rounds = 76;
    private const long StepMs = 5_000;
    private const long BlockMs = 60_000;
    private const long RetentionMs = 120_000;

    private readonly ManualClock _clock = new();
    private readonly List<(int Position, string Series, long T)> _acknowledged = [];
    private readonly Dictionary<(string Series, long T), string> _attempted = [];
    private readonly CrashSideData _besides = new();
    private readonly List<(int From, int Acknowledged, string Series, long MinMs, long MaxMs)> _deleted = [];
    private int _retentionFrom = int.MaxValue;
    private long _retainedFromMs = long.MinValue;

    /// <summary>Where steps are written down.</summary>
    public JournalDisk Disk => journal;

    /// <summary>What the database complained about, in a run with faults.</summary>
    public List<string> Errors { get; } = [];

    public int AcknowledgedCount => _acknowledged.Count;

    /// <summary>How the database is opened.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="disk">What it writes through.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="fsync">When the log is flushed.</param>
    /// <param name="usesSnapshots">Whether it reads a memory snapshot, and writes one when it closes.</param>
    public static DatabaseOptions Options(
        string directory, IDisk disk, TimeProvider clock, WalFsync fsync, bool usesSnapshots = true) => new()
    {
        MemorySnapshotOnShutdown = usesSnapshots,
        ExemplarsMax = 1000, // More than there are.
        Directory = directory,
        Disk = disk,
        Clock = clock,
        WalFsync = fsync,
        LockFile = false,
        MinBlockDurationMs = BlockMs,
        MaxBlockDurationMs = BlockMs,
        RetentionMs = RetentionMs,
        OutOfOrderWindowMs = BlockMs / 2,
        OutOfOrderCapMax = 4,
        WalSegmentSizeBytes = 32 << 10,
        WalCompression = false,
    };

    public void Run()
    {
        var database = Open();
        for (var round = 0; round < Rounds; round++)
        {
            Commit(database, round);
            if (round % 6 == 5) _clock.Advance(TimeSpan.FromSeconds(1)); // Complete chunks go to files.
            if (round % 10 == 9) database.CutDueBlocks(Start + (round * StepMs));
            if (round is 21 or 47) Delete(database, round, "old1");
            if (round is 34 or 50) Delete(database, round, "histogram");
            if (round is 25 or 44 or 64) Delete(database, round, "late");
            if (round == 52) database.CleanTombstones();
            if (round is 27 or 41 or 55)
            {
                database.Dispose();
                database = Open(usesSnapshots: round < 55); // The snapshot of round 41 grows old then.
            }
        }
        _retainedFromMs = database.Blocks[^1].Meta.MaxTimeMs - RetentionMs;
        _retentionFrom = Disk.Position;
        database.ApplyRetention(static _ => true);
        database.Flush();
        database.Dispose();
    }

    /// <summary>A shorter run on a disk that fails.</summary>
    /// <returns>What is wrong with what is kept; null when nothing is.</returns>
    public string? RunWithFaults()
    {
        const int FaultRounds = 44;
        var database = OpenStubbornly();
        for (var round = 0; round < FaultRounds; round++)
        {
            Try(() => Commit(database, round));
            if (round % 6 == 5) _clock.Advance(TimeSpan.FromSeconds(1));
            if (round % 10 == 9) Try(() => database.CutDueBlocks(Start + (round * StepMs)));
            if (round == 21) Try(() => Delete(database, round, "old1"));
            if (round == 24) Try(() => Delete(database, round, "histogram"));
            if (round == 25) Try(() => database.CleanTombstones());
            if (round != 27) continue;
            Try(database.Dispose);
            database = OpenStubbornly();
        }
        if (Compare(database, int.MaxValue) is { } wrong) return "in the end " + wrong;
        var next = FaultRounds;
        while (next < 4 * FaultRounds && disk is FaultyDisk { IsSound: false }) Try(() => Commit(database, next++));
        var acknowledged = AcknowledgedCount;
        Try(() => Commit(database, next++)); // The disk may have failed up to now; a failed log is left by the next write.
        Try(() => Commit(database, next));
        if (AcknowledgedCount == acknowledged) return "it does not go on";
        Try(database.Dispose);
        using var reopened = OpenStubbornly();
        return Compare(reopened, int.MaxValue) is { } lost ? "opened again " + lost : null;
    }

    /// <summary>Appends to every series what is its newest sample already.</summary>
    /// <returns>The samples that are stored now, so the database says.</returns>
    public static List<(string Series, long T)> AppendAgain(Database database, ref int duplicates)
    {
        var told = new List<(string, long)>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            var (t, value) = samples.Last();
            if (value.Contains(' ', StringComparison.Ordinal)) continue; // A histogram.
            using var appender = database.CreateAppender();
            var bits = ulong.Parse(value, System.Globalization.NumberStyles.HexNumber, null);
            var result = appender.Append(labels, t, BitConverter.UInt64BitsToDouble(bits));
            if (result > AppendResult.Duplicate || appender.Commit() != default) continue;
            duplicates += result == AppendResult.Duplicate ? 1 : 0;
            told.Add((NameOf(labels), t));
        }
        return told;
    }

    /// <summary>Every sample there is.</summary>
    public static HashSet<(string Series, long T)> Stored(Database database)
    {
        var stored = new HashSet<(string, long)>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            foreach (var t in samples.Keys) stored.Add((NameOf(labels), t));
        }
        return stored;
    }

    /// <summary>How many samples had been acknowledged, and deletions made, at a position.</summary>
    public int AcknowledgedUpTo(int position)
    {
        var count = 0;
        foreach (var (at, _, _) in _acknowledged) count += at <= position ? 1 : 0;
        foreach (var (from, acknowledged, _, _, _) in _deleted)
            count += (from <= position ? 1 : 0) + (acknowledged <= position ? 1 : 0);
        return count;
    }

    /// <summary>Compares what a database holds with what had been acknowledged when its disk was at a position.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? Compare(Database database, int position)
    {
        var stored = new Dictionary<(string Series, long T), string>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            foreach (var (t, value) in samples) stored.Add((NameOf(labels), t), HistogramDump.Content(value));
        }
        var acknowledged = new HashSet<(string, long)>();
        foreach (var (_, series, t) in _acknowledged) acknowledged.Add((series, t));
        foreach (var (sample, value) in stored)
        {
            if (!_attempted.TryGetValue(sample, out var attempted)) return $"{sample} was never appended";
            if (value != attempted) return $"{sample} is {value}, appended was {attempted}";
            // What was never acknowledged may come to light later.
            if (acknowledged.Contains(sample) && Deletion(sample, position) == true) return $"{sample} was deleted";
        }
        foreach (var (at, series, t) in _acknowledged)
        {
            if (at > position) break;
            if (position >= _retentionFrom && t < _retainedFromMs) continue;
            if (!stored.ContainsKey((series, t)) && Deletion((series, t), position) == false) return $"{series} {t} is lost";
        }
        return _besides.Compare(database, position);
    }

    /// <summary>Whether a sample is deleted; null = perhaps, the deletion is at work.</summary>
    private bool? Deletion((string Series, long T) sample, int position)
    {
        bool? deleted = false;
        foreach (var (from, acknowledged, series, minMs, maxMs) in _deleted)
        {
            if (series != sample.Series || sample.T < minMs || sample.T > maxMs || position < from) continue;
            if (position >= acknowledged && acknowledged != int.MaxValue) return true;
            deleted = null;
        }
        return deleted;
    }

    private Database Open(bool usesSnapshots = true) =>
        Database.Open(Options(Path.Combine(root, "db"), disk, _clock, fsync, usesSnapshots));

    private Database OpenStubbornly()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return Open();
            }
            catch (IOException e) when (attempt < 100)
            {
                Errors.Add(e.Message);
            }
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (IOException e)
        {
            Errors.Add(e.Message);
        }
    }

    private void Commit(Database database, int round)
    {
        var t = Start + (round * StepMs);
        using var appender = database.CreateAppender();
        var accepted = new List<(string, long)>();
        for (var i = 0; i < 3; i++) Append($"old{i}", (round * 10) + i + 0.25);
        if (round % 2 == 0) Append($"new{round}", round); // Long labels fill segments.
        if (round % 3 == 0) AppendHistogram("histogram");
        if (round % 8 == 1) Append("old0", 1, later: 1); // A second sample in one request.
        if (round % 4 == 3) Append("old2", 7, later: -StepMs * 5 / 2);
        if (round % 4 >= 2) Append("late", round, later: round % 4 == 2 ? 0 : -StepMs * 7 / 2);
        _besides.Forget();
        if (round % 3 == 1) _besides.Append(appender, Labels("old0"), t, round);
        var result = appender.Commit();
        if (Errors.Count == 0) Assert.Equal(default, result);
        if (result != default) return; // Where samples before were refused, these may collide.
        var position = Disk.Position;
        foreach (var (series, at) in accepted) _acknowledged.Add((position, series, at));
        _besides.Acknowledge(position);

        void Append(string name, double value, long later = 0)
        {
            var labels = Labels(name);
            _attempted.Add((NameOf(labels), t + later), BitConverter.DoubleToUInt64Bits(value).ToString("x16", null));
            Assert.Equal(AppendResult.Appended, appender.Append(labels, t + later, value));
            accepted.Add((NameOf(labels), t + later));
        }

        void AppendHistogram(string name)
        {
            var labels = Labels(name);
            var histogram = new HistogramSample { Count = (ulong)round, ZeroCount = (ulong)round, SumBits = (ulong)round << 50 };
            _attempted.Add((NameOf(labels), t), HistogramDump.Content(HistogramJson.Describe(histogram)));
            Assert.Equal(AppendResult.Appended, appender.Append(labels, t, histogram));
            accepted.Add((NameOf(labels), t));
        }
    }

    private void Delete(Database database, int round, string series)
    {
        Assert.True(Matcher.TryCreate(MatchType.Equal, "__name__"u8, Encoding.UTF8.GetBytes(series), out var matcher, out _));
        var (minMs, maxMs) = (Start + ((round - 15) * StepMs), Start + ((round - 2) * StepMs));
        _deleted.Add((Disk.Position + 1, int.MaxValue, series, minMs, maxMs)); // Perhaps, from now on.
        database.Delete(minMs, maxMs, [matcher]);
        _deleted.Add((Disk.Position, Disk.Position, series, minMs, maxMs));
    }

    private static string NameOf(LabelSet labels) => Encoding.UTF8.GetString(labels.Find("__name__"u8));

    private static LabelSet Labels(string name) =>
        LabelSet.FromStrings(("__name__", name), ("filler", new string('x', name.StartsWith("new") ? 1500 : 10)));
}
