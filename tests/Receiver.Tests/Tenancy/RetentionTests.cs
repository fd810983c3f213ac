using System.Linq;
using Receiver.Tenancy;

namespace Receiver.Tests.Tenancy;

/// <summary>Old blocks go once a minute; with a bucket not before they are in it.</summary>
public sealed class RetentionTests : IDisposable
{
    private const long Hour = 3_600_000;
    private readonly TenancyFixture _fixture = new();

    public RetentionTests() => _fixture.Options = _fixture.Options with
    {
        Database = _fixture.Options.Database with { RetentionMs = Hour },
    };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Block_PastRetention_WithoutABucket_IsDeleted()
    {
        await using var store = _fixture.CreateStore();
        var tenant = await store.GetOrOpenAsync("t", default);
        var (_, young) = await MakeBlocksAsync(store, tenant);
        await MinuteAsync(store);

        Assert.Equal([young], Blocks(tenant));
    }

    [Fact]
    public async Task Block_PastRetention_WithABucket_StaysUntilItIsListed()
    {
        await using var store = _fixture.CreateStore(bucket: true);
        var tenant = await store.GetOrOpenAsync("t", default);
        var (old, young) = await MakeBlocksAsync(store, tenant);
        await MinuteAsync(store);
        Assert.Equal(((string[])[old, young]).Order(StringComparer.Ordinal), Blocks(tenant));

        _fixture.Uploads["t"].Listed = null; // Unreadable: nothing is known to be shipped.
        await MinuteAsync(store);
        Assert.Equal(((string[])[old, young]).Order(StringComparer.Ordinal), Blocks(tenant));

        _fixture.Uploads["t"].Listed = new HashSet<string> { old, young };
        await MinuteAsync(store);
        Assert.Equal([young], Blocks(tenant));
    }

    /// <summary>A flush of 11.5 h of samples gives a block up to hour 10 and one up to the last sample: 1.5 h apart.</summary>
    private async Task<(string Old, string Young)> MakeBlocksAsync(TenantStore store, Tenant tenant)
    {
        var startMs = _fixture.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        for (var t = startMs; t <= startMs + (23 * Hour / 2); t += Hour / 2) TenancyFixture.Append(tenant.Database, "up", t, t);
        await store.FlushAsync(default);
        var blocks = Blocks(tenant);
        Assert.Equal(2, blocks.Count);
        var first = Receiver.Shipping.LocalBlock.Read(Path.Combine(tenant.DirectoryPath, blocks[0]));
        return first.MinTimeMs == startMs ? (blocks[0], blocks[1]) : (blocks[1], blocks[0]);
    }

    private static List<string> Blocks(Tenant tenant) =>
        [.. Directory.GetDirectories(tenant.DirectoryPath).Select(static d => Path.GetFileName(d)!)
            .Where(static d => BlockNames.IsUlid(d)).Order(StringComparer.Ordinal)];

    private async Task MinuteAsync(TenantStore store)
    {
        var rounds = store.HousekeepingRounds;
        _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        while (store.HousekeepingRounds == rounds) await Task.Yield();
    }
}
