using Tsdb.Head;
using Tsdb.Labels;

namespace Tsdb.Tests.Head;

public class SeriesOrderTests
{
    [Theory]
    [InlineData(40, 3, 6)]
    [InlineData(3000, 3, 6)]
    [InlineData(3000, 200, 2)]
    [InlineData(3000, 5000, 9)]
    public void Sort_RandomLabels_IsTheOrderOfTheirSets(int count, int values, int names)
    {
        var random = new Random(count + values);
        using var folder = new TestKit.TempFolder();
        using var head = new TsdbHead(new DatabaseOptions { Directory = folder.Path });
        var sets = new SortedDictionary<LabelSet, uint>();
        var series = new List<uint>();
        for (var i = 0; i < count; i++)
        {
            var labels = new List<(string, string)> { ("__name__", $"m{random.Next(3)}") };
            for (var n = 0; n < names; n++)
            {
                if (random.Next(5) > 0) labels.Add(($"n{n}", $"v{random.Next(values)}"));
            }
            var set = LabelSet.FromStrings([.. labels]);
            if (sets.ContainsKey(set)) continue;
            var index = head.Create(new Tsdb.Memory.KeyHash((ulong)i + 1, 1), set.Encoded);
            sets.Add(set, index);
            series.Add(index);
        }

        var sorted = series.ToArray();
        new SeriesOrder(head).Sort(sorted);

        Assert.Equal(sets.Values, sorted);
    }
}
