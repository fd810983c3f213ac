using Receiver.RemoteWrite;
using Receiver.Replication;
using Receiver.Tests.RemoteWrite;
using TestKit;

namespace Receiver.Tests.Replication;

public class FanoutTests
{
    private static readonly byte[] One = Requests.Series(1, 1, ("__name__", "up"));

    [Fact]
    public async Task Write_QuorumReached_AnswersBeforeTheLateReplica()
    {
        await using var ring = new FakeRing(3, 3, TimeProvider.System);
        await ring.StartAsync();
        var late = new TaskCompletionSource<PeerAnswer>();
        ring.Peers["127.0.0.1:21132"].Answer = _ => late.Task;
        var (result, pool) = await ring.WriteAsync(One);
        Assert.Equal(WriteResult.Stored, result);
        Assert.Equal(1, pool.Outstanding); // The late replica still holds the bytes.
        late.SetResult(new PeerAnswer(WriteOutcome.Stored, ""));
        await ring.DisposeAsync();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Write_NobodyAnswers_EndsAtTheDeadline()
    {
        var clock = new ManualClock();
        await using var ring = new FakeRing(3, 3, clock);
        await ring.StartAsync();
        foreach (var peer in ring.Peers.Values) peer.Answer = _ => new TaskCompletionSource<PeerAnswer>().Task;
        var write = ring.WriteAsync(One);
        await clock.UntilTimersAsync(1);
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(write.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        var (result, pool) = await write;
        Assert.Equal(new WriteResult(WriteOutcome.Failed, "context deadline exceeded"), result);
        await ring.DisposeAsync();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Write_PeerUnavailable_IsLeftAloneForAWhile()
    {
        var clock = new ManualClock();
        await using var ring = new FakeRing(1, 1, clock);
        await ring.StartAsync();
        var peer = ring.Peers["127.0.0.1:21131"];
        peer.Says(WriteOutcome.Unavailable, "rpc error: code = Unavailable desc = down");
        var (first, _) = await ring.WriteAsync(One);
        Assert.Equal(WriteOutcome.Unavailable, first.Outcome);
        Assert.EndsWith("az: : rpc error: code = Unavailable desc = down", first.Text, StringComparison.Ordinal);
        var (second, _) = await ring.WriteAsync(One);
        Assert.Equal(
            "backing off forward request for endpoint {{127.0.0.1:21131 127.0.0.1:21141 } 0}: target not available", second.Text);
        Assert.Single(peer.Messages);
        Assert.Equal(TimeSpan.FromMilliseconds(100), second.RetryAfter);
        Assert.Equal(1, second.RetryAfterSeconds);
        clock.Advance(TimeSpan.FromMilliseconds(100));
        peer.Says(WriteOutcome.Stored, "");
        var (third, _) = await ring.WriteAsync(One);
        Assert.True(third.IsStored);
    }

    [Fact]
    public async Task Write_OnePeerStuck_OthersAreNotHeldUp()
    {
        await using var ring = new FakeRing(3, 3, TimeProvider.System);
        await ring.StartAsync();
        var stuck = new TaskCompletionSource<PeerAnswer>();
        ring.Peers["127.0.0.1:21133"].Answer = _ => stuck.Task;
        // One runs, one waits in the queue, the others wait for room: all answers come from the two peers that work.
        for (var i = 0; i < 6; i++) Assert.True((await ring.WriteAsync(One)).Result.IsStored);
        stuck.SetResult(new PeerAnswer(WriteOutcome.Stored, ""));
    }

    [Fact]
    public async Task Write_ReplicaNamed_RouterIgnoresIt()
    {
        await using var ring = new FakeRing(3, 3, TimeProvider.System);
        await ring.StartAsync();
        Assert.True((await ring.WriteAsync(One, replica: 9)).Result.IsStored);
    }

    [Fact]
    public async Task Write_MoreReplicasThanNodes_SaysSo()
    {
        await using var ring = new FakeRing(2, 3, TimeProvider.System, "hashmod");
        await ring.StartAsync();
        var (result, pool) = await ring.WriteAsync(One);
        Assert.Equal(new WriteResult(WriteOutcome.Failed, "insufficient nodes; have 2, want 3"), result);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Write_BrokenLabels_AreRefusedBeforeAnythingIsSent()
    {
        await using var ring = new FakeRing(1, 1, TimeProvider.System);
        await ring.StartAsync();
        byte[] broken = [.. One, 0x0a, 0x04, 0x0a, 0x02, 0x0b, 0x00];
        Assert.True((await ring.WriteAsync(broken)).Result.Outcome == WriteOutcome.Malformed);
        Assert.Empty(ring.Peers["127.0.0.1:21131"].Messages);
    }

    [Fact]
    public async Task SetRings_PeerGone_IsClosed()
    {
        await using var ring = new FakeRing(2, 1, TimeProvider.System);
        await ring.StartAsync();
        await using var smaller = new FakeRing(1, 1, TimeProvider.System);
        await ring.Fanout.SetRingsAsync(smaller.Rings);
        Assert.False(ring.Peers["127.0.0.1:21131"].IsDisposed);
        Assert.True(ring.Peers["127.0.0.1:21132"].IsDisposed);
        Assert.True((await ring.WriteAsync(One)).Result.IsStored);
    }
}
