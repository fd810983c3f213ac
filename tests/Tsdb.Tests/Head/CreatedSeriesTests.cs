using Tsdb.Head;
using Tsdb.Memory;

namespace Tsdb.Tests.Head;

public class CreatedSeriesTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(20_000)]
    public void Find_AfterAdd_KnowsEveryKeyAndNoOther(int count)
    {
        var created = new CreatedSeries();
        for (var i = 0; i < count; i++) created.Add(Key(i), (uint)i);

        for (var i = 0; i < count; i++) Assert.Equal((uint)i, created.Find(Key(i)));
        Assert.Equal(AppendItem.NoSeries, created.Find(Key(count)));
    }

    [Fact]
    public void Clear_FewAfterMany_ForgetsAll()
    {
        var created = new CreatedSeries();
        foreach (var count in (int[])[5000, 20, 1, 300])
        {
            for (var i = 0; i < count; i++) created.Add(Key(i), 7);
            created.Clear();
            Assert.Empty(created.Entries);
            for (var i = 0; i < count; i++) Assert.Equal(AppendItem.NoSeries, created.Find(Key(i)));
        }
    }

    // Low bits repeat, so that keys meet in the table.
    private static KeyHash Key(int i) => new((ulong)(i % 64), (ulong)i);
}
