using Tsdb.Head;
using Tsdb.Head.Replay;
using Tsdb.Memory;

namespace Tsdb.Tests.Head.Replay;

/// <summary>References of a log find their series, however the references are spread.</summary>
public sealed class SeriesRefsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(1 << 20)]
    [InlineData(ulong.MaxValue / 20_011)]
    public void Find_ReferencesAnyStepApart_FindsEachAndNoOther(ulong step)
    {
        const uint Count = 20_000;
        using var cold = new NativeSlab<ColdSeries>(Count);
        var refs = new SeriesRefs(cold);
        for (var i = 0u; i < Count; i++)
        {
            var index = cold.Extend(1);
            cold[index].Ref = (i + 1) * step;
            refs.Add(index);
        }
        for (var i = Count; i > 0; i--) Assert.Equal(i - 1, refs.Find(i * step));
        Assert.Equal(AppendItem.NoSeries, refs.Find((Count + 1) * step));
        Assert.Equal(AppendItem.NoSeries, refs.Find(0));
        refs.AddOther(0, 7);
        Assert.Equal(7u, refs.Find(0));
    }
}
