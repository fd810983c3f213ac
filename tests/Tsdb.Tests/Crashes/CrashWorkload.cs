using System.Linq;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Tests.Chunks;
using Tsdb.Tests.Head;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Crashes;

/// <summary>A small life of a database that touches everything which writes, and what it was told on the way.</summary>
internal sealed class CrashWorkload(string root, WalFsync fsync)
{
    public const long Start = 1_700_000_040_000; // The beginning of a minute.
    private const int Rounds = 76;
    private const long StepMs = 5_000;
    private const long BlockMs = 60_000;
    private const long RetentionMs = 120_000;

    private readonly ManualClock _clock = new();
    private readonly List<(int Position, string Series, long T)> _acknowledged = [];
    private readonly Dictionary<(string Series, long T), string> _attempted = [];
    private readonly List<(int From, int Acknowledged, string Series, long MinMs, long MaxMs)> _deleted = [];
    private int _retentionFrom = int.MaxValue;
    private long _retainedFromMs = long.MinValue;

    public JournalDisk Disk { get; } = new(root);

    public int AcknowledgedCount => _acknowledged.Count;

    public static DatabaseOptions Options(string directory, JournalDisk disk, TimeProvider clock, WalFsync fsync) => new()
    {
        Directory = directory,
        Disk = disk,
        Clock = clock,
        WalFsync = fsync,
        LockFile = false,
        MinBlockDurationMs = BlockMs,
        MaxBlockDurationMs = BlockMs,
        RetentionMs = RetentionMs,
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
            if (round is 21 or 47) Delete(database, round);
            if (round == 52) database.CleanTombstones();
            if (round is 27 or 55)
            {
                database.Dispose();
                database = Open();
            }
        }
        _retainedFromMs = database.Blocks[^1].Meta.MaxTimeMs - RetentionMs;
        _retentionFrom = Disk.Position;
        database.ApplyRetention(static _ => true);
        database.Flush();
        database.Dispose();
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
            told.Add((labels.ToString(), t));
        }
        return told;
    }

    /// <summary>Every sample there is.</summary>
    public static HashSet<(string Series, long T)> Stored(Database database)
    {
        var stored = new HashSet<(string, long)>();
        foreach (var (labels, samples) in HistogramDump.Of(database))
        {
            foreach (var t in samples.Keys) stored.Add((labels.ToString(), t));
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
            foreach (var (t, value) in samples) stored.Add((labels.ToString(), t), HistogramDump.Content(value));
        }
        foreach (var (sample, value) in stored)
        {
            if (!_attempted.TryGetValue(sample, out var attempted)) return $"{sample} was never appended";
            if (value != attempted) return $"{sample} is {value}, appended was {attempted}";
            if (Deletion(sample, position) == true) return $"{sample} was deleted";
        }
        foreach (var (at, series, t) in _acknowledged)
        {
            if (at > position) break;
            if (position >= _retentionFrom && t < _retainedFromMs) continue;
            if (!stored.ContainsKey((series, t)) && Deletion((series, t), position) == false) return $"{series} {t} is lost";
        }
        return null;
    }

    /// <summary>Whether a sample is deleted; null = perhaps, the deletion is at work.</summary>
    private bool? Deletion((string Series, long T) sample, int position)
    {
        bool? deleted = false;
        foreach (var (from, acknowledged, series, minMs, maxMs) in _deleted)
        {
            if (series != sample.Series || sample.T < minMs || sample.T > maxMs || position < from) continue;
            if (position >= acknowledged) return true;
            deleted = null;
        }
        return deleted;
    }

    private Database Open() => Database.Open(Options(Path.Combine(root, "db"), Disk, _clock, fsync));

    private void Commit(Database database, int round)
    {
        var t = Start + (round * StepMs);
        using var appender = database.CreateAppender();
        var accepted = new List<(string, long)>();
        for (var i = 0; i < 3; i++) Append($"old{i}", (round * 10) + i + 0.25);
        if (round % 2 == 0) Append($"new{round}", round); // Long labels fill segments.
        if (round % 3 == 0) AppendHistogram("histogram");
        if (round % 8 == 1) Append("old0", 1, later: 1); // A second sample in one request.
        Assert.Equal(default, appender.Commit());
        var position = Disk.Position;
        foreach (var (series, at) in accepted) _acknowledged.Add((position, series, at));

        void Append(string name, double value, int later = 0)
        {
            var labels = Labels(name);
            _attempted.Add((labels.ToString(), t + later), BitConverter.DoubleToUInt64Bits(value).ToString("x16", null));
            Assert.Equal(AppendResult.Appended, appender.Append(labels, t + later, value));
            accepted.Add((labels.ToString(), t + later));
        }

        void AppendHistogram(string name)
        {
            var labels = Labels(name);
            var histogram = new HistogramSample { Count = (ulong)round, ZeroCount = (ulong)round, SumBits = (ulong)round << 50 };
            _attempted.Add((labels.ToString(), t), HistogramDump.Content(HistogramJson.Describe(histogram)));
            Assert.Equal(AppendResult.Appended, appender.Append(labels, t, histogram));
            accepted.Add((labels.ToString(), t));
        }
    }

    private void Delete(Database database, int round)
    {
        Assert.True(Matcher.TryCreate(MatchType.Equal, "__name__"u8, "old1"u8, out var matcher, out _));
        var (minMs, maxMs) = (Start + ((round - 15) * StepMs), Start + ((round - 2) * StepMs));
        var from = Disk.Position + 1;
        database.Delete(minMs, maxMs, [matcher]);
        _deleted.Add((from, Disk.Position, Labels("old1").ToString(), minMs, maxMs));
    }

    private static LabelSet Labels(string name) =>
        LabelSet.FromStrings(("__name__", name), ("filler", new string('x', name.StartsWith("new") ? 1500 : 10)));
}
