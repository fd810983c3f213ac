using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Hosting;
using Receiver.Telemetry;

namespace Receiver.Tests.Hosting;

public class TeardownTests
{
    [Fact]
    public async Task Dispose_Steps_AreUndoneInReverseEvenWhenOneFails()
    {
        var log = new RecordingLog<Teardown>();
        var undone = new List<string>();
        await using (var teardown = new Teardown(log))
        {
            teardown.Add("first", () => Note("first"));
            teardown.Add("second", static () => throw new IOException("disk"));
            teardown.Add("third", () => Note("third"));
        }
        Assert.Equal(["third", "first"], undone);
        Assert.Contains(log.Messages, static m => m.Contains("second went wrong", StringComparison.Ordinal));

        Task Note(string step)
        {
            undone.Add(step);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void Prober_Changes_AreToldOnceAndInOrder()
    {
        var prober = new Prober(new MetricRegistry(), NullLogger<Prober>.Instance);
        var told = new List<bool>();
        prober.ReadyChanged += told.Add;
        Assert.False(prober.IsReady || prober.IsHealthy);
        prober.NotReady("at first");
        prober.Ready();
        prober.Ready();
        prober.NotReady("ring");
        Assert.Equal([true, false], told);
    }

    [Fact]
    public void MemoryLimit_Flag_WinsOverTheMachine()
    {
        Assert.Equal(1 << 30, MemoryLimit.Resolve(1 << 30));
        Assert.InRange(MemoryLimit.Resolve(0), 1, long.MaxValue - 1);
    }
}
