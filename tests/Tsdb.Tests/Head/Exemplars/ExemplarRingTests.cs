using System.Linq;
using System.Text;
using Tsdb.Head.Exemplars;
using Tsdb.Labels;
using Tsdb.Memory;
using MatchType = Tsdb.Labels.MatchType;

namespace Tsdb.Tests.Head.Exemplars;

/// <summary>The ring of exemplars against a plain list that does the same in the simplest way.</summary>
public class ExemplarRingTests
{
    private static readonly LabelSet[] SeriesLabels =
        [LabelSet.FromStrings(("s", "0")), LabelSet.FromStrings(("s", "1")), LabelSet.FromStrings(("s", "2"))];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(5, 20)]
    [InlineData(40, 0)]
    [InlineData(40, 15)]
    [InlineData(1, 30)]
    public void Add_Random_HoldsWhatAListWouldHold(int capacity, long outOfOrderWindowMs)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            using var ring = new ExemplarRing(capacity, outOfOrderWindowMs);
            var list = new NaiveList(capacity, outOfOrderWindowMs);
            var now = 0L;
            for (var step = 0; step < 200; step++)
            {
                now += random.Next(4);
                var series = random.Next(SeriesLabels.Length);
                var labels = LabelSet.FromStrings(("id", $"{random.Next(4)}"));
                var value = BitConverter.DoubleToUInt64Bits(random.Next(5) == 0 ? double.NaN : random.Next(3));
                var exemplar = new Exemplar(labels, value, now - random.Next(25), random.Next(4) > 0);

                var expected = list.Add(series, exemplar);
                var result = ring.Add(KeyOf(series), exemplar, () => SeriesLabels[series]);

                Assert.True(expected == result, $"seed {seed}, step {step}: {result} instead of {expected}");
                Assert.True(list.Text() == Text(ring), $"seed {seed}, step {step}: expected\n{list.Text()}\nbut\n{Text(ring)}");
            }
            var counters = ring.Counters;
            Assert.Equal((capacity, list.Count, list.SeriesCount), (counters.Capacity, counters.Count, counters.SeriesCount));
            Assert.Equal((list.Appended, list.OutOfOrder), (counters.Appended, counters.OutOfOrder));
            Assert.Equal(list.OldestMs, counters.NextOverwrittenMs);
        }
    }

    [Fact]
    public void SizeBytes_AllOverwritten_IsThatOfTheRest()
    {
        using var ring = new ExemplarRing(2, 0);
        for (var i = 0; i < 2; i++) ring.Add(KeyOf(0), At(i), () => SeriesLabels[0]);
        var full = ring.SizeBytes;
        Assert.True(full > 0);
        for (var i = 2; i < 20; i++) ring.Add(KeyOf(0), At(i), () => SeriesLabels[0]);
        Assert.Equal(full, ring.SizeBytes);
    }

    [Fact]
    public void Select_RangeAndMatchers_BothEndsIncluded()
    {
        using var ring = new ExemplarRing(10, 0);
        for (var i = 0; i < 5; i++) ring.Add(KeyOf(0), At(i), () => SeriesLabels[0]);
        ring.Add(KeyOf(1), At(2), () => SeriesLabels[1]);

        var both = ring.Select(1, 3, [[Equal("s", "1")], [Equal("s", "0")]]);
        Assert.Equal(["0", "1"], Names(both));
        Assert.Equal(3, both[0].Exemplars.Count);
        Assert.Equal(["0"], Names(ring.Select(3, 9, [[Equal("s", "1")], [Equal("s", "0")]])));
        Assert.Empty(ring.Select(0, 9, [[Equal("s", "1"), Equal("s", "0")]]));
        Assert.Empty(ring.Select(0, 9, [[]]));
        Assert.Empty(ring.Select(0, 9, []));
    }

    [Theory]
    [InlineData("", 0xfbcea83c8a378bf1)]
    [InlineData("hello=world", 0x347c8ee7a9e29708)]
    [InlineData("__name__=metric,label=value", 0xcbab40540f26097d)]
    [InlineData("__name__=up,job=a", 0x55f2b049ce4a394f)]
    public void LabelsHash_KnownSets_IsUpstreams(string labels, ulong hash)
    {
        // The first is the hash's own well-known example, for inputs longer than a stripe.
        if (labels.Length == 0) Assert.Equal(hash, LabelsHash.Compute("Nobody inspects the spammish repetition"u8));
        else Assert.Equal(hash, LabelsHash.Compute(LabelSet.FromStrings(Pairs(labels))));
    }

    [Fact]
    public void Decide_LabelLengths_CountCodePoints()
    {
        Assert.Equal(ExemplarResult.Appended, Judge(("a", new string('ä', 127))));
        Assert.Equal(ExemplarResult.LabelsTooLong, Judge(("a", new string('ä', 128))));
        Assert.Equal(ExemplarResult.Appended, Judge(("trace", "1"), ("empty", "")));

        static ExemplarResult Judge(params ReadOnlySpan<(string, string)> labels) =>
            ExemplarRules.Decide(null, new Exemplar(LabelSet.FromStrings(labels), 0, 0, true), 0);
    }

    private static (string, string)[] Pairs(string text)
    {
        var pairs = new List<(string, string)>();
        foreach (var pair in text.Split(',')) pairs.Add((pair.Split('=')[0], pair.Split('=')[1]));
        return [.. pairs];
    }

    private static List<string> Names(IReadOnlyList<SeriesExemplars> all)
    {
        var names = new List<string>();
        foreach (var series in all) names.Add(Encoding.UTF8.GetString(series.Labels.Find("s"u8)));
        return names;
    }

    private static Exemplar At(long t) => new(LabelSet.FromStrings(("trace_id", "1")), (ulong)t, t, true);

    private static Matcher Equal(string name, string value)
    {
        Assert.True(Matcher.TryCreate(
            MatchType.Equal, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value), out var matcher, out _));
        return matcher;
    }

    private static KeyHash KeyOf(int series) => KeyedHash.Compute(SeriesLabels[series].Encoded);

    private static string Text(ExemplarRing ring)
    {
        var text = new StringBuilder();
        foreach (var series in ring.Select(long.MinValue, long.MaxValue, [HistogramDump.Everything]))
        {
            text.Append($"{series.Labels}:");
            foreach (var exemplar in series.Exemplars) text.Append($" {exemplar.TimestampMs}{exemplar.Labels}{exemplar.Value}");
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Every exemplar with the number it came as, in order of time for each series.</summary>
    private sealed class NaiveList(int capacity, long window)
    {
        private readonly List<(long Number, Exemplar Exemplar)>[] _series = [[], [], []];
        private long _number;

        public int Count => _series[0].Count + _series[1].Count + _series[2].Count;

        public int SeriesCount => _series.Count(series => series.Count > 0);

        public long Appended { get; private set; }

        public long OutOfOrder { get; private set; }

        public long OldestMs => Oldest().Exemplar.TimestampMs;

        public ExemplarResult Add(int series, Exemplar exemplar)
        {
            var list = _series[series];
            var result = ExemplarRules.Decide(list.Count == 0 ? null : list[^1].Exemplar, exemplar, window);
            if (result == ExemplarResult.OutOfOrder) OutOfOrder++;
            if (result != ExemplarResult.Appended) return result;
            var isTaken = list.Exists(entry => entry.Exemplar.TimestampMs == exemplar.TimestampMs);
            if (isTaken && exemplar.TimestampMs < list[^1].Exemplar.TimestampMs) return ExemplarResult.Duplicate;
            if (Count == capacity)
            {
                var oldest = Oldest();
                foreach (var other in _series) other.Remove(oldest);
            }
            var at = list.FindIndex(entry => entry.Exemplar.TimestampMs > exemplar.TimestampMs);
            list.Insert(at < 0 ? list.Count : at, (_number++, exemplar));
            Appended++;
            return result;
        }

        public string Text()
        {
            var text = new StringBuilder();
            for (var i = 0; i < _series.Length; i++)
            {
                if (_series[i].Count == 0) continue;
                text.Append($"{SeriesLabels[i]}:");
                foreach (var (_, exemplar) in _series[i])
                    text.Append($" {exemplar.TimestampMs}{exemplar.Labels}{exemplar.Value}");
                text.Append('\n');
            }
            return text.ToString();
        }

        private (long Number, Exemplar Exemplar) Oldest() => _series.SelectMany(series => series).MinBy(entry => entry.Number);
    }
}
