using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Shipping;
using static Receiver.Tests.Shipping.BlockFixture;

namespace Receiver.Tests.Shipping;

public sealed class ShipLoopTests : IDisposable
{
    private readonly BlockFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Start_FirstPassAtOnce_ThenOnePerInterval()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        await using var loop = Create();
        loop.Start();
        await UntilPassesAsync(loop, 1);
        Assert.Equal(1, loop.Counters.Uploads);

        _fixture.AddBlock(Second, minTimeMs: 2);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, loop.Counters.Syncs);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        await UntilPassesAsync(loop, 2);
        Assert.Equal(2, loop.Counters.Uploads);
    }

    [Fact]
    public async Task Pass_ThatFails_IsRetriedAfterTheInterval()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        var failing = true;
        _fixture.Bucket.Before = (_, _, _) => failing ? throw new IOException("down") : Task.CompletedTask;
        await using var loop = Create();
        loop.Start();
        await UntilPassesAsync(loop, 1);
        Assert.Equal((0, 1), (loop.Counters.Syncs, loop.Counters.SyncFailures));

        failing = false;
        _fixture.Clock.Advance(TimeSpan.FromSeconds(30));
        await UntilPassesAsync(loop, 2);
        Assert.Equal((1, 1), (loop.Counters.Syncs, loop.Counters.Uploads));
    }

    [Fact]
    public async Task Pass_AgainstASilentBucket_EndsAfterTenMinutes()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        var waiting = Hang();
        await using var loop = Create();
        loop.Start();
        await waiting;
        _fixture.Clock.Advance(TimeSpan.FromMinutes(10));
        await UntilPassesAsync(loop, 1);

        Assert.Equal(1, loop.Counters.SyncFailures);
    }

    [Fact]
    public async Task Sync_OnDemand_ShipsWithoutWaitingForTheInterval()
    {
        await using var loop = Create();
        loop.Start();
        await UntilPassesAsync(loop, 1);
        _fixture.AddBlock(First, minTimeMs: 1);
        await loop.SyncAsync(default);

        Assert.Equal(1, loop.Counters.Uploads);
        Assert.Equal([First], loop.Uploaded()!);
    }

    [Fact]
    public async Task Dispose_WithAPassInFlight_CancelsAndWaitsForIt()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        var waiting = Hang();
        var loop = Create();
        loop.Start();
        await waiting;
        var onDemand = loop.SyncAsync(default);
        await loop.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => onDemand);
        Assert.Empty(_fixture.Bucket.Uploads);
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.StagingPath));
        Assert.Equal(0, _fixture.Clock.ArmedTimers);
    }

    private ShipLoop Create() =>
        new("t", _fixture.CreateShipper(), new ShippingOptions { Clock = _fixture.Clock }, NullLogger.Instance);

    /// <summary>Makes uploads wait for cancellation; the result ends when the first does.</summary>
    private Task Hang()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fixture.Bucket.Before = async (operation, _, cancelled) =>
        {
            if (operation != "upload") return;
            waiting.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancelled);
        };
        return waiting.Task;
    }

    private static async Task UntilPassesAsync(ShipLoop loop, int passes)
    {
        while (loop.Counters.Syncs + loop.Counters.SyncFailures < passes) await Task.Yield();
        await Task.Yield();
    }
}
