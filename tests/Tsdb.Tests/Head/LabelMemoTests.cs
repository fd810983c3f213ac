using Tsdb.Head;
using Tsdb.Labels;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

public class LabelMemoTests
{
    [Fact]
    public void Add_SetsThatRepeatTheirNeighboursInPart_AreReadBackAsGiven()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        using var index = new HeadIndex();
        using var written = new ByteBuffer();
        for (var i = 0u; i < 5000; i++)
        {
            var labels = new List<(string, string)>();
            for (var l = 0; l < random.Next(1, 80); l++)
            {
                if (random.Next(4) > 0) labels.Add(($"n{l:00}", new string((char)('a' + random.Next(2)), random.Next(1, 200))));
            }
            var set = LabelSet.FromStrings([.. labels]);
            var cold = default(ColdSeries);
            index.Add(ref cold, i, set.Encoded);

            written.Clear();
            index.WriteLabels(cold, written);
            Assert.True(set.Encoded.SequenceEqual(written.Written), $"seed {Seed}, set {i}");
            if (random.Next(50) == 0) index.Free(ref cold);
        }
    }
}
