using System.Linq;
using Receiver.Tenancy;

namespace Receiver.Tests.Tenancy;

/// <summary>Idle tenants: marked at a pruning minute, gone a minute later, unless something speaks against it.</summary>
public sealed class PruningTests : IDisposable
{
    private const string Block = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
    private readonly TenancyFixture _fixture = new();

    // The clock starts at midnight UTC; with 2 h blocks pruning minutes are 00:00, 04:00, 08:00, …
    public PruningTests() => _fixture.Options = _fixture.Options with
    {
        Database = _fixture.Options.Database with { RetentionMs = 3 * 3_600_000 },
    };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Tenant_IdleForLongerThanRetention_IsMarkedThenDeletedAndComesBackWithAWrite()
    {
        await using var store = _fixture.CreateStore();
        await store.OpenAllAsync(default);
        var idle = await store.GetOrOpenAsync("idle", default);
        await AdvanceAsync(store, hours: 3, minutes: 59);
        Assert.False(idle.IsReadOnly);
        await AdvanceAsync(store, minutes: 1);
        Assert.True(idle.IsReadOnly);
        Assert.True(Directory.Exists(idle.DirectoryPath));
        await AdvanceAsync(store, minutes: 1);

        Assert.Equal(["default-tenant"], store.Open.Select(static t => t.Id)); // It never held a sample, so it stays.
        Assert.False(Directory.Exists(idle.DirectoryPath));
        Assert.False(idle.TryEnter());
        var fresh = await store.GetOrOpenAsync("idle", default);
        Assert.NotSame(idle, fresh);
        Assert.True(Directory.Exists(fresh.DirectoryPath));
    }

    [Fact]
    public async Task Tenant_WrittenToWhileMarked_Stays()
    {
        await using var store = _fixture.CreateStore();
        var idle = await store.GetOrOpenAsync("idle", default);
        await AdvanceAsync(store, hours: 4);
        Assert.True(idle.IsReadOnly);
        Assert.Same(idle, await store.GetOrOpenAsync("idle", default));
        Assert.False(idle.IsReadOnly);
        await AdvanceAsync(store, hours: 3, minutes: 30);

        Assert.Contains(idle, store.Open);
        Assert.False(idle.IsReadOnly);
    }

    [Fact]
    public async Task Tenant_WithAReaderInside_IsNotClosedUntilTheReaderLeaves()
    {
        await using var store = _fixture.CreateStore();
        var idle = await store.GetOrOpenAsync("idle", default);
        Assert.True(idle.TryEnter());
        await AdvanceAsync(store, hours: 4, minutes: 5);
        Assert.Contains(idle, store.Open);
        idle.Exit();
        await AdvanceAsync(store, minutes: 1);

        Assert.DoesNotContain(idle, store.Open);
    }

    [Fact]
    public async Task Tenant_WithoutRetention_IsNeverPruned()
    {
        _fixture.Options = _fixture.Options with { Database = _fixture.Options.Database with { RetentionMs = 0 } };
        await using var store = _fixture.CreateStore();
        var idle = await store.GetOrOpenAsync("idle", default);
        await AdvanceAsync(store, hours: 12, minutes: 5);

        Assert.Contains(idle, store.Open);
    }

    [Fact]
    public async Task Tenant_WithAnUnshippedBlock_Stays_UntilItIsShipped()
    {
        await using var store = _fixture.CreateStore(bucket: true);
        var idle = await store.GetOrOpenAsync("idle", default);
        Directory.CreateDirectory(Path.Combine(idle.DirectoryPath, Block));
        await AdvanceAsync(store, hours: 4, minutes: 2);
        Assert.Contains(idle, store.Open);

        _fixture.Uploads["idle"].Listed = new HashSet<string> { Block };
        await AdvanceAsync(store, hours: 4);
        Assert.DoesNotContain(idle, store.Open);
        Assert.True(_fixture.Uploads["idle"].IsDisposed);
        Assert.Equal(1, _fixture.Uploads["idle"].Syncs); // What the head still held was flushed and shipped first.
    }

    [Fact]
    public async Task Tenant_WithAnUnreadableStateFile_Stays()
    {
        await using var store = _fixture.CreateStore(bucket: true);
        var idle = await store.GetOrOpenAsync("idle", default);
        _fixture.Uploads["idle"].Listed = null;
        await AdvanceAsync(store, hours: 8, minutes: 5);

        Assert.Contains(idle, store.Open);
    }

    [Fact]
    public async Task Tenant_FoundIdleAtStart_IsJudgedByItsNewestSample()
    {
        await using (var store = _fixture.CreateStore())
        {
            var tenant = await store.GetOrOpenAsync("idle", default);
            TenancyFixture.Append(tenant.Database, "up", _fixture.Clock.GetUtcNow().ToUnixTimeMilliseconds(), 1);
        }
        _fixture.Clock.Advance(TimeSpan.FromMinutes(239));
        await using var again = _fixture.CreateStore();
        await again.OpenAllAsync(default);
        await AdvanceAsync(again, minutes: 2);

        Assert.Equal(["default-tenant"], again.Open.Select(static t => t.Id));
    }

    /// <summary>Moves in steps of a minute and waits for the housekeeping of each.</summary>
    private async Task AdvanceAsync(TenantStore store, int hours = 0, int minutes = 0)
    {
        for (var left = (hours * 60) + minutes; left > 0; left--)
        {
            var rounds = store.HousekeepingRounds;
            _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
            while (store.HousekeepingRounds == rounds) await Task.Yield();
        }
    }
}
