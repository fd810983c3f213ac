using Receiver.Replication;
using TestKit;
using Tsdb.Memory;

namespace Receiver.Tests.Replication;

public class RingHashCacheTests
{
    [Fact]
    public void TryGet_WhatWasSet_OrNothing()
    {
        var cache = new RingHashCache(1 << 16);
        var random = new Random(7);
        for (var i = 0; i < 200_000; i++)
        {
            var key = new KeyHash((ulong)random.NextInt64(), (ulong)random.NextInt64());
            Assert.False(cache.TryGet(key, out _));
            cache.Set(key, key.Low * 3);
            Assert.True(cache.TryGet(key, out var hash) || cache.Capacity > 1 << 12); // A growth may have just dropped it.
            Assert.True(hash == 0 || hash == key.Low * 3);
        }
        Assert.Equal(1 << 16, cache.Capacity);
    }

    [Fact]
    public void Backoff_Failures_PauseGrowsToItsLimit()
    {
        var clock = new ManualClock();
        var backoff = new Backoff(TimeSpan.FromSeconds(5), clock, seed: 1);
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
        backoff.Failed();
        Assert.Equal(TimeSpan.FromMilliseconds(100), backoff.Remaining);
        var longest = TimeSpan.Zero;
        for (var i = 1; i < 40; i++)
        {
            backoff.Failed();
            Assert.InRange(backoff.Remaining.TotalMilliseconds, 100, Math.Min(5000, 100 * Math.Pow(2, i)));
            if (backoff.Remaining > longest) longest = backoff.Remaining;
        }
        Assert.Equal(TimeSpan.FromSeconds(5), longest);
        clock.Advance(longest);
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
        backoff.Succeeded();
        backoff.Failed();
        Assert.Equal(TimeSpan.FromMilliseconds(100), backoff.Remaining);
    }
}
