using System.Globalization;

namespace Integration.Fixture;

/// <summary>Samples by series and time.</summary>
internal sealed class SampleSet
{
    private readonly Dictionary<string, Dictionary<long, ulong>> _series = [];

    public int Count { get; private set; }

    public int SeriesCount => _series.Count;

    public long MaxTimeMs { get; private set; } = long.MinValue;

    public IEnumerable<Sample> All
    {
        get
        {
            foreach (var (series, samples) in _series)
            {
                foreach (var (timestampMs, bits) in samples) yield return new Sample(series, timestampMs, bits);
            }
        }
    }

    /// <summary>Adds a sample; the first value of a series and time stays.</summary>
    public void Add(Sample sample)
    {
        if (!_series.TryGetValue(sample.Series, out var samples)) _series.Add(sample.Series, samples = []);
        if (!samples.TryAdd(sample.TimestampMs, sample.Bits)) return;
        Count++;
        MaxTimeMs = Math.Max(MaxTimeMs, sample.TimestampMs);
    }

    public void AddRange(IEnumerable<Sample> samples)
    {
        foreach (var sample in samples) Add(sample);
    }

    /// <summary>Whether the same bits are there at the same time.</summary>
    public bool Contains(Sample sample) => TryGet(sample.Series, sample.TimestampMs, out var bits) && bits == sample.Bits;

    public bool TryGet(string series, long timestampMs, out ulong bits)
    {
        bits = 0;
        return _series.TryGetValue(series, out var samples) && samples.TryGetValue(timestampMs, out bits);
    }

    /// <summary>Fails, with the first examples, unless this holds every one of <paramref name="expected"/> bit for bit.</summary>
    public void AssertHolds(IEnumerable<Sample> expected, string what)
    {
        var missing = new List<Sample>();
        foreach (var sample in expected)
        {
            if (!Contains(sample)) missing.Add(sample);
        }
        AssertNone(missing, $"{what}: not among {Count} samples of {SeriesCount} series");
    }

    /// <summary>Fails, with the first examples, when there is any.</summary>
    public static void AssertNone(List<Sample> samples, string what)
    {
        if (samples.Count == 0) return;
        var first = samples[..Math.Min(5, samples.Count)]
            .ConvertAll(s => string.Create(CultureInfo.InvariantCulture, $"{s.Series} {s.Bits:x16} {s.TimestampMs}"));
        Assert.Fail($"{what}: {samples.Count}, such as\n{string.Join('\n', first)}");
    }
}
