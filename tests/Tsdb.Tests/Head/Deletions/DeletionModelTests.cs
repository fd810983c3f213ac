using System.Linq;
using System.Text;
using TestKit;
using Tsdb.Chunks;
using Tsdb.Head;
using Tsdb.Labels;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Deletions;

/// <summary>What was deleted is gone and nothing else is, in head and blocks, through cuts, restarts, crashes and
/// clean-ups.</summary>
public class DeletionModelTests
{
    private const long Start = 1_700_000_000_000;
    private const long BlockMs = 600_000;
    private const int SeriesCount = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomSteps_Reads_GiveWhatIsLeft(int seed) => Run(seed, steps: 60);

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void ManyRandomSteps_Reads_GiveWhatIsLeft(int seed) => Run(seed, steps: 200);

    private static void Run(int seed, int steps)
    {
        using var folder = new TempFolder();
        using var run = new Model(folder, seed);
        for (var step = 0; step < steps; step++) run.Step(step);
    }

    private sealed class Model(TempFolder folder, int seed) : IDisposable
    {
        private readonly Random _random = new(seed);
        private readonly SortedDictionary<long, double>[] _left = new SortedDictionary<long, double>[SeriesCount];
        private Database _database = Open(folder.At("0"));
        private long _now = Start;
        private int _opened;

        public void Step(int number)
        {
            var kind = _random.Next(20);
            switch (kind)
            {
                case < 11: Append(); break;
                case < 15: Delete(); break;
                case 15: _database.Flush(); break;
                case 16: _database.CutDueBlocks(_now); break;
                case 17: Reopen(isCrash: false); break;
                case 18: Reopen(isCrash: true); break;
                default: Clean(); break;
            }
            Check(long.MinValue, long.MaxValue, $"seed {seed}, step {number}, kind {kind}");
            Check(Start + ((_now - Start) / 3), _now - ((_now - Start) / 3), $"seed {seed}, step {number}, kind {kind}, part");
        }

        public void Dispose() => _database.Dispose();

        private static Database Open(string directory) => Database.Open(new DatabaseOptions
        {
            Directory = directory,
            MinBlockDurationMs = BlockMs,
            MaxBlockDurationMs = BlockMs,
            RetentionMs = 0,
            Clock = new ManualClock(),
        });

        private static LabelSet LabelsOf(int series) => LabelSet.FromStrings(("__name__", "m"), ("s", $"{series}"));

        private void Append()
        {
            using var appender = _database.CreateAppender();
            for (var i = _random.Next(1, 60); i > 0; i--)
            {
                _now += _random.Next(1, 9000);
                var series = _random.Next(SeriesCount);
                var value = (double)_random.Next(100);
                Assert.Equal(AppendResult.Appended, appender.Append(LabelsOf(series), _now, value));
                (_left[series] ??= []).Add(_now, value);
            }
            appender.Commit();
        }

        private void Delete()
        {
            var from = Start + _random.NextInt64(_now - Start + 1);
            var to = from + _random.NextInt64(BlockMs);
            if (_random.Next(8) == 0) (from, to) = (long.MinValue, long.MaxValue);
            var pattern = _random.Next(2) == 0 ? $"{_random.Next(SeriesCount)}" : "[01]";
            Assert.True(Matcher.TryCreate(MatchType.Regex, "s"u8, Encoding.UTF8.GetBytes(pattern), out var matcher, out _));
            _database.Delete(from, to, [matcher]);
            for (var series = 0; series < SeriesCount; series++)
            {
                if (!matcher.Matches(Encoding.UTF8.GetBytes($"{series}"))) continue;
                foreach (var t in new List<long>((_left[series] ?? []).Keys))
                {
                    if (t >= from && t <= to) _left[series].Remove(t);
                }
            }
        }

        private void Clean()
        {
            _database.CleanTombstones();
            // Of one block at most, the newest, which has nothing else left.
            Assert.InRange(_database.Blocks.Count(static block => block.Tombstones.RangesCount > 0), 0, 1);
        }

        private void Reopen(bool isCrash)
        {
            if (isCrash)
            {
                Sequences.Crash.Copy(folder.At($"{_opened}"), folder.At($"{_opened + 1}"));
                _opened++;
            }
            _database.Dispose();
            _database = Open(folder.At($"{_opened}"));
            foreach (var block in _database.Blocks)
                Assert.Equal(block.Tombstones.RangesCount, block.Meta.Stats.TombstoneCount);
        }

        private void Check(long from, long to, string at)
        {
            var expected = new HashSet<string>();
            for (var series = 0; series < SeriesCount; series++)
            {
                foreach (var (t, value) in _left[series] ?? [])
                    if (t >= from && t <= to) expected.Add($"{LabelsOf(series)} {t} {value}");
            }
            var count = 0;
            using var cursor = _database.Select(from, to, HistogramDump.Everything, skipChunks: false);
            while (cursor.MoveNext())
            {
                foreach (var chunk in cursor.Chunks)
                {
                    var samples = new XorChunkIterator(chunk.Data.Span);
                    while (samples.MoveNext())
                    {
                        if (samples.TimestampMs < from || samples.TimestampMs > to) continue;
                        var value = BitConverter.UInt64BitsToDouble(samples.ValueBits);
                        var sample = $"{cursor.Labels} {samples.TimestampMs} {value}";
                        Assert.True(expected.Remove(sample), $"{at}: {sample} is there");
                        count++;
                    }
                }
            }
            Assert.True(expected.Count == 0, $"{at}: {count} are there, missing: {string.Join("; ", expected)}");
        }
    }
}
