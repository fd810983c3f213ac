using Tsdb.Tests.Model;
using MatchType = Tsdb.Labels.MatchType;

namespace Integration.Engine;

/// <summary>Makes what a real server would see from a seed: many series scraped for hours, some that come and go, histograms,
/// restarts and kills. Most seeds are small, so that many can be checked; every twentieth has hundreds of series.</summary>
internal sealed class WorkloadGenerator
{
    private const int LargeEvery = 20;
    private const int FloatsOnlyEvery = 4;
    private const int HoursInMs = 3_600_000;

    private readonly Random _random;
    private readonly Random _besides; // For what came later: the other steps of a seed stay what they were.
    private readonly bool _isPlain;
    private readonly bool _isLarge;
    private readonly ValueKind _kindEnd;
    private readonly RunOptions _options;
    private readonly List<Step> _steps = [];

    private WorkloadGenerator(int seed, bool isPlain)
    {
        (_random, _besides) = (new Random(seed), new Random(~seed));
        _isPlain = isPlain || _besides.Next(4) == 0;
        _isLarge = seed % LargeEvery == 0;
        _kindEnd = HasOnlyFloats(seed) ? ValueKind.Histogram : ValueKind.InvalidHistogram;
        _options = new RunOptions(
            RangeMs: 2 * HoursInMs, RangesPerBlock: 1, StartMs: 1_700_000_000_000 + (_random.Next(10_000) * 1_000L), FutureMs: 0,
            LateMs: seed % 4 == 2 ? 2 * HoursInMs : 0, LateCap: 2 + _random.Next(31),
            SegmentPages: _random.Next(2) == 0 ? 1 : 8, IsCompressed: _random.Next(3) > 0);
        if (!_isPlain) _options = _options with { ExemplarsMax = _besides.Next(3) * 20, KeepsSnapshots = _besides.Next(2) == 0 };
    }

    private int Series => _isLarge ? 300 : 12;

    /// <summary>Whether a seed's workload is for tools that know no histograms, too.</summary>
    public static bool HasOnlyFloats(int seed) => seed % FloatsOnlyEvery == 0;

    /// <summary>The same seed makes the same case.</summary>
    /// <param name="seed">Of everything random.</param>
    /// <param name="isPlain">Whether to leave out deletions, exemplars and snapshots.</param>
    public static ModelCase Make(int seed, bool isPlain = false)
    {
        var generator = new WorkloadGenerator(seed, isPlain);
        var rounds = generator._random.Next(4, 10);
        for (var round = 0; round < rounds; round++) generator.AddRound(round);
        return new ModelCase(seed, generator._options, generator._steps);
    }

    /// <summary>Up to an hour of scrapes of every group of series, then perhaps something that happens to a server.</summary>
    private void AddRound(int round)
    {
        var intervalMs = 15_000L * _random.Next(1, 9);
        var times = _random.Next(2, HoursInMs / (int)intervalMs);
        if (_isLarge) times = Math.Min(times, 60);
        // A part of the series goes on, the rest is new in each round; the groups take turns, as targets do.
        for (var first = 0; first < Series; first += Series / 4)
        {
            var series = _random.Next(3) == 0 ? first + (round * Series) : first;
            _steps.Add(new Scrape(series, Series / 4, times / 4 + 1, intervalMs, Value(round)));
            if (!_isPlain && _besides.Next(4) == 0) AddExemplars(series);
        }
        if (!_isPlain) AddDeletions(round);
        if (_random.Next(3) == 0) _steps.Add(Odd());
        _steps.Add(_random.Next(10) switch
        {
            0 => new Crash(),
            1 => new Restart(),
            2 => new Flush(),
            3 or 4 => new Maintain(),
            _ => new CutDue(_random.Next(2) * HoursInMs, _random.Next(4) == 0),
        });
    }

    /// <summary>A request of exemplars for what was just scraped.</summary>
    private void AddExemplars(int firstSeries)
    {
        const int Appender = 7;
        var examples = new Example[_besides.Next(1, 8)];
        for (var i = 0; i < examples.Length; i++)
        {
            examples[i] = new Example(firstSeries + _besides.Next(Series / 4), -_besides.Next(60_000), _besides.Next(100),
                _besides.Next(1000), _besides.Next(4) > 0);
        }
        _steps.Add(new Exemplify(Appender, examples));
        _steps.Add(new Commit(Appender));
    }

    /// <summary>Deletions that reach from blocks into the head, or beyond everything, then perhaps their clean-up.</summary>
    private void AddDeletions(int round)
    {
        for (var i = _besides.Next(3); i > 0; i--)
        {
            long from = -_besides.Next(HoursInMs * (round + 1));
            long to = from + _besides.Next(HoursInMs);
            if (_besides.Next(8) == 0) (from, to) = (-Delete.Far, Delete.Far);
            var condition = _besides.Next(3) switch
            {
                0 => new Condition("inst", MatchType.Equal, $"i{_besides.Next(Series)}"),
                1 => new Condition("inst", MatchType.Regex, $"i.*{_besides.Next(10)}"),
                _ => new Condition("env", MatchType.Equal, "prod"),
            };
            _steps.Add(new Delete(from, to, [condition]));
        }
        if (_besides.Next(4) == 0) _steps.Add(new CleanTombstones());
        if (_besides.Next(8) == 0) _steps.Add(new Restart());
    }

    private ValueSpec Value(int round)
    {
        var kind = _random.Next(3) > 0 ? ValueKind.Float : (ValueKind)_random.Next((int)_kindEnd);
        return new ValueSpec(kind, round * 40);
    }

    /// <summary>A request as no agent would send it: late, doubled, ended.</summary>
    private Write Odd()
    {
        var entries = new Entry[_random.Next(1, 20)];
        for (var i = 0; i < entries.Length; i++)
        {
            var offset = _random.Next(3) switch { 0 => 0, 1 => -_random.Next(HoursInMs * 2), _ => _random.Next(60_000) };
            var kind = (ValueKind)_random.Next((int)_kindEnd);
            entries[i] = new Entry(_random.Next(Series * 2), offset, new ValueSpec(kind, _random.Next(400)), false);
        }
        return new Write(_random.Next(2), entries);
    }
}
