using System.Linq;
using TestKit;
using Tsdb.Blocks;
using Tsdb.Head;
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
            case Restart: Reopen(isCrash: false); break;
            case Crash: Reopen(isCrash: true); break;
            case Retain retain: Apply(retain); break;
            case Ask ask: Asking.Compare(_database, _twin, ask, _clock.NowMs); break;
            default: throw new ArgumentOutOfRangeException(nameof(step), step, "unknown step");
        }
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
        if (!_appenders.TryGetValue(number, out var appender))
            _appenders.Add(number, appender = (_database.CreateAppender(), _twin.Begin(_clock.NowMs)));
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
        twin.Initialise(items[0].TimestampMs);
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
        twin.Initialise(item.TimestampMs);
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
            appender.Real.Commit();
            appender.Twin.Commit();
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
        var before = _twin.Samples.Select(static s => (s.Series, new SortedDictionary<long, ModelValue>(s.Samples))).ToList();
        using (var reader = cut.IsBeingRead ? Everything(_database) : null)
        {
            CompareBlocks(_database.CutDueBlocks(now), _twin.CutDue(now));
            if (reader is not null) Same(Describe(before), StoredSeries.Read(reader, long.MinValue, long.MaxValue));
        }
        if (cut.IsBeingRead) Assert.Empty(_database.CutDueBlocks(_twin.Min)); // Frees what the reader held.
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
        _database.ApplyRetention(ulid => ulid != oldest?.Ulid);
        CompareAll();
    }

    private void Reopen(bool isCrash)
    {
        if (isCrash) DirectoryCopy.Take(Home, _folder.At($"life{_lives + 1}"));
        foreach (var (real, _) in _appenders.Values) real.Dispose();
        _appenders.Clear();
        _database.Dispose();
        if (isCrash) _lives++;
        _log.Clear();
        _database = Open();
        _twin.Reopen();
        Assert.DoesNotContain(_log, static line => line.Contains("repair", StringComparison.Ordinal));
        CompareAll();
    }

    private void CompareBlocks(IReadOnlyList<string> written, List<TwinBlock> expected)
    {
        Assert.Equal(expected.Count, written.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            var meta = BlockMeta.Load(Path.Combine(Home, written[i]));
            var samples = 0L;
            foreach (var count in expected[i].SamplesBySeries.Values) samples += count;
            Assert.Equal((expected[i].Min, expected[i].End, expected[i].SamplesBySeries.Count, samples),
                (meta.MinTimeMs, meta.MaxTimeMs, meta.Stats.SeriesCount, meta.Stats.SampleCount));
        }
    }

    private void CompareAll()
    {
        Assert.Equal(_twin.Blocks.Select(static b => (b.Min, b.End)),
            _database.Blocks.Select(static b => (b.Meta.MinTimeMs, b.Meta.MaxTimeMs)));
        for (var i = 1; i < _twin.Blocks.Count; i++)
            Assert.True(_twin.Blocks[i].Min >= _twin.Blocks[i - 1].End, $"{_twin.Blocks[i]} overlaps {_twin.Blocks[i - 1]}");
        using var all = Everything(_database);
        Same(Describe(_twin.Samples), StoredSeries.Read(all, long.MinValue, long.MaxValue));
    }

    private static void Same(
        List<(LabelSet, SortedDictionary<long, string>)> expected, List<(LabelSet, SortedDictionary<long, string>)> actual) =>
        Difference.None(StoredSeries.Text(expected), StoredSeries.Text(actual));

    private static List<(LabelSet, SortedDictionary<long, string>)> Describe(
        IEnumerable<(int Series, SortedDictionary<long, ModelValue> Samples)> series)
    {
        var all = new List<(LabelSet Labels, SortedDictionary<long, string>)>();
        foreach (var (id, samples) in series)
        {
            var texts = new SortedDictionary<long, string>();
            foreach (var (t, value) in samples) texts.Add(t, value.Content);
            all.Add((ModelSeries.Labels(id), texts));
        }
        all.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        return all;
    }

    private static SeriesCursor Everything(Database database)
    {
        Assert.True(Matcher.TryCreate(MatchType.NotEqual, "inst"u8, ""u8, out var all, out var error), error);
        return database.Select(long.MinValue, long.MaxValue, [all], skipChunks: false);
    }

    private Database Open() => Database.Open(_options.For(Home, _clock, _log.Add));
}
