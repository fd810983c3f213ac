using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Model;

/// <summary>Makes a case from a seed: always the same one.</summary>
internal sealed class StepGenerator
{
    private const int Appenders = 3;
    private const int OldSeries = 12;
    private const int SeriesMax = 40;

    private static readonly string[] Values = ["", "prod", "dev", "m0", "m1", "i3", "i11", "é\u4e2d"];
    private static readonly string[] Patterns =
        ["", ".*", ".+", "prod|dev", "p.*", "(?i)PROD", "m[01]", "[^p].*", "i1.", "i(1|2|30)", "|dev", ".*o.*", "é."];

    private readonly Random _random;
    private readonly Random _besides; // For what came later: the other steps of a seed stay what they were.
    private readonly RunOptions _options;
    private int _number; // Counters go on from step to step.

    private StepGenerator(int seed)
    {
        (_random, _besides) = (new Random(seed), new Random(~seed));
        _options = new RunOptions(
            Pick<long>(60_000, 7_200_000, 7_200_000), Pick(1, 1, 1, 2, 3), Pick(1_700_000_003_017, 1_700_006_400_000, 86_400_000),
            Pick<long>(0, 0, 0, 300_000), 0, Pick(2, 5, 32), Pick(1, 1, 4), _random.Next(3) > 0);
        _options = _options with { LateMs = _options.RangeMs * Pick(0, 0, 1, 4) / 2 };
    }

    /// <summary>What stands for the scrape interval: 15 s where the range is 2 h.</summary>
    private long Unit => _options.RangeMs / 480;

    /// <summary>Makes the case.</summary>
    /// <param name="seed">Of everything random.</param>
    /// <param name="isPlain">Whether to leave out deletions, exemplars and snapshots.</param>
    public static ModelCase Make(int seed, bool isPlain = false)
    {
        var generator = new StepGenerator(seed);
        var random = generator._besides;
        isPlain |= random.Next(5) == 0;
        var options = generator._options;
        if (!isPlain) options = options with { ExemplarsMax = random.Next(3) * 6, KeepsSnapshots = random.Next(2) == 0 };
        var steps = new List<Step>();
        for (var left = 8 + generator._random.Next(60); left > 0; left--)
        {
            steps.Add(generator.Step());
            if (!isPlain && generator.Besides() is { } step) steps.Add(step);
        }
        return new ModelCase(seed, options, steps);
    }

    private Step? Besides() => _besides.Next(40) switch
    {
        < 2 => Delete(),
        2 => new CleanTombstones(),
        < 7 => Exemplify(),
        _ => null,
    };

    private Delete Delete()
    {
        // Far back into blocks, across the head's lower bound, in the head, ahead of everything.
        var to = Unit * _besides.Next(5) switch { 0 => 10, 1 => 0, 2 => -_besides.Next(60), _ => -_besides.Next(1500) };
        var length = _besides.Next(3) switch { 0 => _besides.Next(5), 1 => _besides.Next(200), _ => _besides.Next(1500) };
        var from = to - (Unit * length);
        if (_besides.Next(10) == 0) (from, to) = (-Model.Delete.Far, Model.Delete.Far);
        var conditions = new Condition[_besides.Next(20) == 0 ? 0 : _besides.Next(1, 3)];
        for (var i = 0; i < conditions.Length; i++) conditions[i] = Condition(_besides);
        return new Delete(from, to, conditions);
    }

    private Exemplify Exemplify()
    {
        var examples = new Example[_besides.Next(1, 6)];
        for (var i = 0; i < examples.Length; i++)
        {
            var offset = _besides.Next(3) switch { 0 => 0, 1 => Unit * _besides.Next(3), _ => -Unit * _besides.Next(300) };
            examples[i] = new Example(
                _besides.Next(OldSeries), offset, _besides.Next(3), _besides.Next(4), _besides.Next(4) > 0);
        }
        return new Exemplify(_besides.Next(Appenders), examples);
    }

    private static Condition Condition(Random random)
    {
        var type = (MatchType)random.Next(4);
        var values = type is MatchType.Equal or MatchType.NotEqual ? Values : Patterns;
        return new Condition(
            ModelSeries.Names[random.Next(ModelSeries.Names.Count)], type, values[random.Next(values.Length)]);
    }

    private Step Step() => _random.Next(100) switch
    {
        < 28 => Write(),
        < 46 => new Commit(_random.Next(Appenders)),
        < 50 => new Rollback(_random.Next(Appenders)),
        < 62 => Scrape(),
        < 68 => new Wait(Unit * _random.Next(1, 20)),
        < 72 => new Wait(_options.RangeMs * _random.Next(1, 18) / 10),
        < 76 => new Maintain(),
        < 82 => new CutDue(_options.RangeMs * _random.Next(4), _random.Next(3) == 0),
        < 83 => new Flush(),
        < 84 => new CompactLate(),
        < 87 => new Restart(),
        < 90 => new Crash(),
        < 92 => new Retain(_random.Next(3) == 0),
        _ => Ask(),
    };

    private Write Write()
    {
        var entries = new Entry[_random.Next(1, 7)];
        for (var i = 0; i < entries.Length; i++)
        {
            // The same again now and then: duplicates and conflicts.
            if (i > 0 && _random.Next(6) == 0)
                entries[i] = entries[_random.Next(i)] with { IsOtherSpelling = _random.Next(2) == 0 };
            else
                entries[i] = new Entry(Series(), Offset(), Value(), _random.Next(10) == 0);
        }
        return new Write(_random.Next(Appenders), entries);
    }

    private Scrape Scrape() =>
        new(Series(), _random.Next(1, 6), _random.Next(1, Pick(8, 40, 200)), Unit * _random.Next(1, 5), Value());

    private Ask Ask()
    {
        var to = Pick<long>(0, Unit * 10, -Unit * _random.Next(600), -_options.RangeMs * _random.Next(1, 5));
        var from = to - Pick<long>(0, Unit * _random.Next(1, 200), _options.RangeMs * _random.Next(1, 9));
        var conditions = new Condition[_random.Next(4)];
        for (var i = 0; i < conditions.Length; i++) conditions[i] = Condition(_random);
        return new Ask(from, to, conditions);
    }

    private int Series() => _random.Next(4) == 0 ? _random.Next(SeriesMax) : _random.Next(OldSeries);

    private long Offset() => _random.Next(20) switch
    {
        < 10 => 0,
        < 14 => Unit * _random.Next(1, 6),
        < 17 => -Unit * _random.Next(1, 40),
        17 => -_options.RangeMs * _random.Next(1, 6) / 2,
        18 => _options.RangeMs * _random.Next(1, 8) / 4,
        _ => _random.Next(-3, 4),
    };

    private ValueSpec Value()
    {
        var kind = _random.Next(20) switch
        {
            < 9 => ValueKind.Float,
            < 11 => ValueKind.OddFloat,
            < 12 => ValueKind.Stale,
            _ => (ValueKind)_random.Next((int)ValueKind.Histogram, (int)ValueKind.InvalidHistogram + 1),
        };
        _number += _random.Next(3);
        return new ValueSpec(kind, _random.Next(5) == 0 ? _random.Next(60) : _number);
    }

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
