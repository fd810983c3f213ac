using Receiver.RemoteWrite;

namespace Receiver.Tests.RemoteWrite;

public class BatchTests
{
    [Fact]
    public void Walk_Warm_AllocatesNothing()
    {
        var body = Requests.Many(2000);
        using var batch = new Batch();
        Assert.Equal(0, Allocated(batch, body, 20)); // Warm-up: the arrays grow, the code is compiled.
    }

    [Fact]
    public void Pool_LastRelease_GivesBodyAndBatchBack()
    {
        var budget = new BodyBudget(1000);
        var pool = new BatchPool(2);
        var body = RequestBody.TryRent(600, budget)!;
        Assert.Null(RequestBody.TryRent(600, budget));
        var batch = pool.Rent();
        batch.Reset(body);
        batch.Retain();
        batch.Release();
        Assert.Equal(600, budget.Bytes);
        Assert.Equal(1, pool.Outstanding);
        batch.Release();
        Assert.Equal(0, budget.Bytes);
        Assert.Equal(0, pool.Outstanding);
        Assert.Same(batch, pool.Rent());
    }

    [Fact]
    public void Budget_LoneRequestOverTheLimit_IsLetIn()
    {
        var budget = new BodyBudget(100);
        Assert.True(budget.TryTake(200));
        Assert.False(budget.TryTake(1));
        budget.Return(200);
        Assert.Equal(0, budget.Bytes);
    }

    [Theory]
    [InlineData("a=1,b=2", LabelsVerdict.Valid)]
    [InlineData("", LabelsVerdict.Empty)]
    [InlineData("=1", LabelsVerdict.Empty)]
    [InlineData("a=", LabelsVerdict.Empty)]
    [InlineData("a=1,a=1", LabelsVerdict.Duplicate)]
    [InlineData("b=1,a=1", LabelsVerdict.OutOfOrder)]
    [InlineData("b=1,a=", LabelsVerdict.Empty)]
    [InlineData("b=1,a=1,c=", LabelsVerdict.OutOfOrder)]
    [InlineData("a=1,a=2,b=", LabelsVerdict.Duplicate)]
    [InlineData("a=1,b=1,a=1", LabelsVerdict.OutOfOrder)]
    public void Judge_Labels_FirstProblemWins(string labels, LabelsVerdict expected)
    {
        var pairs = new List<(string, string)>();
        foreach (var pair in labels.Split(',', StringSplitOptions.RemoveEmptyEntries))
            pairs.Add((pair.Split('=')[0], pair.Split('=')[1]));
        var batch = Requests.Read(Requests.Series(1, 1, [.. pairs]));
        Assert.True(LabelRun.Judge(batch.Labels(0), out var count, out var verdict).IsNone);
        Assert.Equal(expected, verdict);
        Assert.Equal((ulong)pairs.Count, count);
    }

    private static long Allocated(Batch batch, byte[] body, int rounds)
    {
        long allocated = 0;
        for (var round = 0; round < rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            batch.Reset(body);
            BatchReader.ReadRemoteWrite(batch, "t");
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(2000, batch.ItemCount);
        return allocated;
    }
}
