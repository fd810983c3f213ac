using System.Linq;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Head;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Queries;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Model;

/// <summary>Drives a real database and its twin through the same steps and compares them after each.</summary>
internal sealed class ModelRun : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RunOptions _options;
    private readonly StepClock _clock = new();
    private readonly Twin _twin;
    private readonly SortedDictionary<int, (HeadAppender Real, TwinAppender Twin)> _appenders = [];
    private readonly List<string> _log = [];
    private Database _database;
    private int _lives = 1;

    public ModelRun(RunOptions options)
    {
        (_options, _twin, _clock.NowMs) = (options, new Twin(options), options.StartMs);
        _database = Open();
    }

    /// <summary>The database as it is now.</summary>
    public Database Database => _database;

    /// <summary>Its directory.</summary>
    public string Home => _folder.At($"life{_lives}");

    /// <summary>What it should hold.</summary>
    public Twin Twin => _twin;

    /// <summary>Runs the steps and compares everything at the end.</summary>
    public void Run(IReadOnlyList<Step> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            try
            {
                Take(steps[i]);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"step {i + 1}, {steps[i]}: {e.Message}", e);
            }
        }
        CommitAll();
        CompareAll();
    }

    /// <summary>Closes the database and leaves its directory.</summary>
    public string Close()
    {
        _database.Dispose();
        return Home;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (real, _) in _appenders.Values) real.Dispose();
        _database.Dispose();
        _folder.Dispose();
    }

    private void Take(Step step)
    {
        switch (step)
        {
            case Wait wait: _clock.NowMs += wait.Ms; break;
            case Write write: Append(write.Appender, write.Entries); break;
            case Commit commit: End(commit.Appender, isCommitted: true); break;
            case Rollback rollback: End(rollback.Appender, isCommitted: false); break;
            case Scrape scrape: Take(scrape); break;
            case Maintain: _clock.Tick(); break;
            case CutDue cut: Cut(cut); break;
            case Flush: FlushAll(); break;
            case CompactLate:
                CommitAll();
                CompareBlocks(_database.CompactOutOfOrder(), _twin.CompactLate());
                CompareAll();
                break;
            case Restart: Reopen(isCrash: false); break;
            case Crash: Reopen(isCrash: true); break;
            case Retain retain: Apply(retain); break;
            case Delete delete: Take(delete); break;
            case CleanTombstones: Clean(); break;
            case Exemplify exemplify: Append(exemplify.Appender, exemplify.Examples); break;
            case Ask ask: Asking.Compare(_database, _twin, ask, _clock.NowMs); break;
            default: throw new ArgumentOutOfRangeException(nameof(step), step, "unknown step");
        }
        _twin.AdoptMin(_database.HeadMinTimeMs);
        Assert.True((_twin.Min, _twin.Max) == (_database.HeadMinTimeMs, _database.HeadMaxTimeMs),
            $"head is {_database.HeadMinTimeMs} to {_database.HeadMaxTimeMs}, expected {_twin.Min} to {_twin.Max}");
    }

    private void Take(Scrape scrape)
    {
        const int OwnAppender = -1;
        var entries = new List<Entry>();
        for (var time = 0; time < scrape.Times; time++)
        {
            _clock.NowMs += scrape.IntervalMs;
            entries.Clear();
            var value = scrape.First with { Number = scrape.First.Number + time };
            for (var i = 0; i < scrape.SeriesCount; i++) entries.Add(new Entry(scrape.FirstSeries + i, 0, value, false));
            Append(OwnAppender, entries);
            End(OwnAppender, isCommitted: true);
        }
    }

    private void Append(int number, IReadOnlyList<Entry> entries)
    {
        var appender = Begin(number);
        for (var i = 0; i < entries.Count;)
        {
            if (entries[i].Value.IsHistogram)
            {
                AppendHistogram(appender.Real, appender.Twin, entries[i++]);
                continue;
            }
            var end = i;
            while (end < entries.Count && !entries[end].Value.IsHistogram) end++;
            AppendFloats(appender.Real, appender.Twin, entries, i, end);
            i = end;
        }
    }

    private (HeadAppender Real, TwinAppender Twin) Begin(int number)
    {
        if (!_appenders.TryGetValue(number, out var appender))
            _appenders.Add(number, appender = (_database.CreateAppender(), _twin.Begin(_clock.NowMs)));
        return appender;
    }

    private void Append(int number, IReadOnlyList<Example> examples)
    {
        var (real, twin) = Begin(number);
        foreach (var example in examples)
        {
            var items = new[] { new AppendItem { Key = ModelSeries.Key(example.Series, isOtherSpelling: false) } };
            // An exemplar creates no series; one that is there may have come in another spelling.
            var isKnown = _twin.InHead.Contains(example.Series);
            if (isKnown) FindOrCreate(real, items, _ => example.Series);
            else real.Find(items);
            isKnown |= items[0].SeriesIndex != AppendItem.NoSeries && _twin.KeepsLate; // Then the head is known only roughly.
            var item = new ExemplarItem
            {
                SeriesIndex = items[0].SeriesIndex,
                TimestampMs = _clock.NowMs + example.OffsetMs,
                HasTimestamp = example.HasTime,
                ValueBits = BitConverter.DoubleToUInt64Bits(example.Value),
                Labels = TwinExemplars.LabelsOf(example.Trace),
            };
            real.AppendExemplar(ref item);
            var exemplar = new Exemplar(item.Labels, item.ValueBits, item.TimestampMs, item.HasTimestamp);
            var expected = twin.Append(example.Series, isKnown, exemplar);
            Assert.True(expected == item.Result, $"{example} became {item.Result}, expected {expected}");
        }
    }

    private void Take(Delete delete)
    {
        var (from, to) = (_clock.NowMs + delete.FromMs, _clock.NowMs + delete.ToMs);
        _database.Delete(from, to, delete.Conditions.Select(Asking.Compile).ToArray());
        _twin.Delete(series => Asking.HoldAll(delete.Conditions, series), from, to);
        CompareAll();
    }

    private void Clean()
    {
        var written = _database.CleanTombstones();
        _twin.CleanTombstones();
        foreach (var ulid in written)
        {
            var meta = BlockMeta.Load(Path.Combine(Home, ulid));
            Assert.Contains(Describe(meta), _twin.Blocks.Select(static b => b.ToString()));
        }
        Assert.InRange(_database.Blocks.Count(static block => block.Tombstones.RangesCount > 0), 0, 1); // All of it.
        CompareAll();
    }

    private void AppendFloats(HeadAppender real, TwinAppender twin, IReadOnlyList<Entry> entries, int from, int end)
    {
        var items = new AppendItem[end - from];
        for (var i = from; i < end; i++)
        {
            items[i - from] = new AppendItem
            {
                Key = ModelSeries.Key(entries[i].Series, entries[i].IsOtherSpelling),
                TimestampMs = _clock.NowMs + entries[i].OffsetMs,
                ValueBits = entries[i].Value.Make().Bits,
            };
        }
        FindOrCreate(real, items, i => entries[from + i].Series);
        twin.Initialise(items[0].TimestampMs, _clock.NowMs);
        real.Append(items);
        for (var i = from; i < end; i++)
        {
            var item = items[i - from];
            var expected = twin.Append(entries[i].Series, item.TimestampMs, ModelValue.Of(item.ValueBits), isInvalid: false);
            Assert.True(expected == item.Result, $"{entries[i]} became {item.Result}, expected {expected}");
        }
    }

    private void AppendHistogram(HeadAppender real, TwinAppender twin, Entry entry)
    {
        var items = new[] { new AppendItem { Key = ModelSeries.Key(entry.Series, entry.IsOtherSpelling) } };
        FindOrCreate(real, items, _ => entry.Series);
        var value = entry.Value.Make();
        var item = new HistogramItem
        {
            SeriesIndex = items[0].SeriesIndex,
            TimestampMs = _clock.NowMs + entry.OffsetMs,
            Sample = value.Histogram!,
        };
        twin.Initialise(item.TimestampMs, _clock.NowMs);
        real.AppendHistogram(ref item);
        var expected = twin.Append(entry.Series, item.TimestampMs, value, entry.Value.Kind == ValueKind.InvalidHistogram);
        Assert.True(expected == item.Result, $"{entry} became {item.Result} ({item.Fault}), expected {expected}");
    }

    private void FindOrCreate(HeadAppender real, AppendItem[] items, Func<int, int> seriesOf)
    {
        real.Find(items);
        for (var i = 0; i < items.Length; i++)
        {
            var series = seriesOf(i);
            if (items[i].SeriesIndex == AppendItem.NoSeries) real.Create(ref items[i], ModelSeries.Labels(series).Encoded);
            _twin.Create(series);
        }
    }

    private void End(int number, bool isCommitted)
    {
        if (!_appenders.Remove(number, out var appender)) return;
        using (appender.Real)
        {
            if (!isCommitted)
            {
                appender.Real.Rollback();
                return;
            }
            var result = appender.Real.Commit();
            Assert.Equal(appender.Twin.Commit(), result.Overtaken + result.WithinRequest);
        }
    }

    /// <summary>A cut waits for the requests at work, and this is the thread they would end on.</summary>
    private void CommitAll()
    {
        foreach (var number in _appenders.Keys.ToArray()) End(number, isCommitted: true);
    }

    private void Cut(CutDue cut)
    {
        CommitAll();
        var now = _clock.NowMs + cut.AheadMs;
        using (var reader = cut.IsBeingRead ? Everything(_database) : null)
        {
            CompareBlocks(_database.CutDueBlocks(now), _twin.CutDue(now));
            if (reader is not null) CheckAll(reader);
        }
        if (cut.IsBeingRead) _clock.Tick(); // Frees what the reader held.
        CompareAll();
    }

    private void FlushAll()
    {
        CommitAll();
        CompareBlocks(_database.Flush(), _twin.Flush());
        CompareAll();
    }

    private void Apply(Retain retain)
    {
        var oldest = retain.KeepsOldest && _database.Blocks.Count > 0 ? _database.Blocks[0].Meta : null;
        _twin.Retain(block => oldest is null || block.Min != oldest.MinTimeMs);
        var kept = _database.Blocks.Where(b => b.Meta.MinTimeMs == oldest?.MinTimeMs).Select(static b => b.Meta.Ulid).ToList();
        _database.ApplyRetention(ulid => !kept.Contains(ulid));
        CompareAll();
    }

    private void Reopen(bool isCrash)
    {
        if (!_twin.IsNextStartKnown) return;
        if (isCrash) DirectoryCopy.Take(Home, _folder.At($"life{_lives + 1}"));
        foreach (var (real, _) in _appenders.Values) real.Dispose();
        _appenders.Clear();
        if (!isCrash && _options.KeepsSnapshots) _twin.TakeSnapshot();
        _database.Dispose();
        if (isCrash) _lives++;
        _log.Clear();
        _database = Open();
        Assert.Equal(0, _database.HeadCounters.SnapshotErrors);
        _twin.Reopen();
        var found = TwinExemplars.Read(_database);
        // Exemplars of a series that is not in the head may have lost its record in the log, as upstream.
        _twin.Exemplars.Reopen(_twin.MinValid, series => found.ContainsKey(series) || _twin.InHead.Contains(series));
        Assert.DoesNotContain(_log, static line => line.Contains("repair", StringComparison.Ordinal));
        CompareAll();
    }

    private void CompareBlocks(IReadOnlyList<string> written, List<TwinBlock> expected)
    {
        var found = new List<string>();
        foreach (var ulid in written)
        {
            var meta = BlockMeta.Load(Path.Combine(Home, ulid));
            if (meta.Hints.Count > 0) AdoptLate(ulid, expected);
            else if (_twin.KeepsLate) AdoptInOrder(ulid, meta, expected.Find(b => !b.IsLate && b.End == meta.MaxTimeMs));
            found.Add(Describe(meta));
        }
        expected.Sort(static (a, b) => (a.IsLate, a.Min).CompareTo((b.IsLate, b.Min)));
        Difference.None(string.Join('\n', expected), string.Join('\n', found));
    }

    private static string Describe(BlockMeta meta)
    {
        var kind = meta.Hints.Count > 0 ? "late block" : "block";
        var (series, samples) = (meta.Stats.SeriesCount, meta.Stats.SampleCount);
        return $"{kind} {meta.MinTimeMs} to {meta.MaxTimeMs}: {series} series, {samples} samples";
    }

    /// <summary>A block of samples out of order may hold some again that are in an older one already.</summary>
    private void AdoptLate(string ulid, List<TwinBlock> expected)
    {
        var block = _database.Blocks.Single(b => b.Meta.Ulid == ulid);
        var content = Content(block);
        var mine = expected.Find(b => b.IsLate && b.Min == block.Meta.MinTimeMs);
        if (mine is null) expected.Add(mine = _twin.AddLate(block.Meta.MinTimeMs, block.Meta.MaxTimeMs));
        foreach (var (labels, samples) in content) _twin.AdoptLate(mine, ModelSeries.Id(labels), samples);
    }

    private void AdoptInOrder(string ulid, BlockMeta meta, TwinBlock? expected)
    {
        expected?.AdoptMin(meta.MinTimeMs);
        if (expected is null || expected.ToString() == Describe(meta)) return;
        var found = Content(_database.Blocks.Single(b => b.Meta.Ulid == ulid));
        _twin.AdoptCopies(expected, found.ToDictionary(static s => ModelSeries.Id(s.Labels), static s => s.Samples));
    }

    private static List<(LabelSet Labels, SortedDictionary<long, string> Samples)> Content(BlockReader block)
    {
        using var cursor = new BlockCursor(block.TryLease()!, long.MinValue, long.MaxValue, [Named()], skipsChunks: false);
        return StoredSeries.Read(cursor, long.MinValue, long.MaxValue);
    }

    private void CompareAll()
    {
        _twin.AdoptMin(_database.HeadMinTimeMs);
        Assert.Equal(_twin.Blocks.Select(static b => (b.Min, b.End)).Order(),
            _database.Blocks.Select(static b => (b.Meta.MinTimeMs, b.Meta.MaxTimeMs)).Order());
        TwinBlock? previous = null;
        foreach (var block in _twin.Blocks.Where(static b => !b.IsLate).OrderBy(static b => b.Min))
        {
            Assert.True(previous is null || block.Min >= previous.EndAtStart(_options.BlockMs), $"{block} overlaps {previous}");
            previous = block;
        }
        using var all = Everything(_database);
        CheckAll(all);
        Difference.None(TwinExemplars.Text(_twin.Exemplars.BySeries), TwinExemplars.Text(TwinExemplars.Read(_database)));
    }

    private void CheckAll(SeriesCursor all) => Expectation.Check(_twin, static _ => true, long.MinValue, long.MaxValue,
        StoredSeries.Read(all, long.MinValue, long.MaxValue));

    private static SeriesCursor Everything(Database database)
    {
        return database.Select(long.MinValue, long.MaxValue, [Named()], skipChunks: false);
    }

    /// <summary>A matcher for everything.</summary>
    public static Matcher Named()
    {
        Assert.True(Matcher.TryCreate(MatchType.NotEqual, "inst"u8, ""u8, out var all, out var error), error);
        return all;
    }

    private Database Open() => Database.Open(_options.For(Home, _clock, _log.Add));
}
