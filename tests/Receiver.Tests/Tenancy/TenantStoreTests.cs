using System.Linq;
using Receiver.Tenancy;
using Tsdb;
using Tsdb.Labels;

namespace Receiver.Tests.Tenancy;

public sealed class TenantStoreTests : IDisposable
{
    private readonly TenancyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Create_EmptyDisk_MakesTheDataAndDefaultDirectories()
    {
        await using var store = _fixture.CreateStore();

        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(_fixture.DataPath));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(_fixture.DataPath, "default-tenant")));
        Assert.Empty(store.Open);
    }

    [Fact]
    public async Task OpenAll_OpensEveryDirectoryButLostAndFound()
    {
        Directory.CreateDirectory(Path.Combine(_fixture.DataPath, "lost+found"));
        Directory.CreateDirectory(Path.Combine(_fixture.DataPath, "empty"));
        await File.WriteAllTextAsync(Path.Combine(_fixture.DataPath, "file"), "x");
        await using var store = _fixture.CreateStore();
        var progress = new List<(int, int)>();
        await store.OpenAllAsync((opened, total) => { lock (progress) progress.Add((opened, total)); }, default);

        Assert.Equal(["default-tenant", "empty"], store.Open.Select(static t => t.Id).Order(StringComparer.Ordinal));
        Assert.Equal([(1, 2), (2, 2)], progress.Order());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_fixture.DataPath, "lost+found")));
    }

    [Fact]
    public async Task OpenAll_OneCannotBeOpened_ThrowsAfterOpeningTheOthers()
    {
        foreach (var name in (string[])["a", "bad", "c"]) Directory.CreateDirectory(Path.Combine(_fixture.DataPath, name));
        await using var store = _fixture.CreateStore(open: static options =>
            Path.GetFileName(options.Directory) == "bad" ? throw new IOException("broken disk") : Database.Open(options));
        var error = await Assert.ThrowsAsync<IOException>(() => store.OpenAllAsync(default));

        Assert.Equal("broken disk", error.Message);
        Assert.Equal(["a", "c", "default-tenant"], store.Open.Select(static t => t.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task GetOrOpen_ConcurrentFirstWrites_ShareOneOpening()
    {
        var opened = 0;
        using var gate = new ManualResetEventSlim();
        await using var store = _fixture.CreateStore(open: options =>
        {
            Interlocked.Increment(ref opened);
            if (options.Directory.EndsWith("slow", StringComparison.Ordinal)) gate.Wait();
            return Database.Open(options);
        });
        var waiting = Enumerable.Range(0, 20).Select(_ => store.GetOrOpenAsync("slow", default).AsTask()).ToList();
        var other = await store.GetOrOpenAsync("quick", default); // Not blocked by the slow one.
        Assert.Equal("quick", other.Id);
        Assert.All(waiting, static task => Assert.False(task.IsCompleted));
        gate.Set();
        var tenants = await Task.WhenAll(waiting);

        Assert.Single(tenants.Distinct());
        Assert.Equal(2, opened);
        Assert.Same(tenants[0], await store.GetOrOpenAsync("slow", default));
    }

    [Fact]
    public async Task GetOrOpen_Cancelled_StopsWaitingButNotOpening()
    {
        using var gate = new ManualResetEventSlim();
        await using var store = _fixture.CreateStore(open: options =>
        {
            gate.Wait();
            return Database.Open(options);
        });
        using var stop = new CancellationTokenSource();
        var impatient = store.GetOrOpenAsync("t", stop.Token).AsTask();
        var patient = store.GetOrOpenAsync("t", default).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Set();

        Assert.Equal("t", (await patient).Id);
    }

    [Fact]
    public async Task GetOrOpen_FailedOpening_IsForgottenAndTriedAgain()
    {
        var failing = true;
        await using var store =
            _fixture.CreateStore(open: options => failing ? throw new IOException("no") : Database.Open(options));
        await Assert.ThrowsAsync<IOException>(() => store.GetOrOpenAsync("t", default).AsTask());
        Assert.Empty(store.Open);
        Assert.False(store.TryGet("t", out _));
        failing = false;

        Assert.Equal("t", (await store.GetOrOpenAsync("t", default)).Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public async Task GetOrOpen_InvalidName_IsRefusedAndWritesNothing(string name)
    {
        await using var store = _fixture.CreateStore();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => store.GetOrOpenAsync(name, default).AsTask());

        Assert.StartsWith(TenantName.NotValid, error.Message, StringComparison.Ordinal);
        Assert.Equal(["default-tenant"], Directory.GetDirectories(_fixture.DataPath).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Open_DirectoryOfALivingProcess_IsRefused_AStaleLockIsNot()
    {
        await using (var first = _fixture.CreateStore())
        {
            await first.GetOrOpenAsync("t", default);
            await using var second = _fixture.CreateStore();
            await Assert.ThrowsAsync<IOException>(() => second.GetOrOpenAsync("t", default).AsTask());
        }
        await File.WriteAllTextAsync(Path.Combine(_fixture.DataPath, "t", "lock"), "4711");
        await using var third = _fixture.CreateStore();

        Assert.Equal("t", (await third.GetOrOpenAsync("t", default)).Id);
    }

    [Fact]
    public async Task HashringLabels_AreTakenAtOpeningAndAtChange_AndKeptWhenUnlisted()
    {
        await using var store = _fixture.CreateStore();
        store.SetHashringLabels(
            new Dictionary<string, LabelSet> { ["a"] = LabelSet.FromStrings(("team", "x"), ("replica", "ring")) });
        var a = await store.GetOrOpenAsync("a", default);
        var b = await store.GetOrOpenAsync("b", default);
        Assert.Equal(LabelSet.FromStrings(("replica", "r0"), ("team", "x"), ("tenant_id", "a")), a.ExternalLabels);
        Assert.Equal(LabelSet.FromStrings(("replica", "r0"), ("tenant_id", "b")), b.ExternalLabels);

        store.SetHashringLabels(new Dictionary<string, LabelSet> { ["b"] = LabelSet.FromStrings(("team", "y")) });
        Assert.Equal(LabelSet.FromStrings(("replica", "r0"), ("team", "x"), ("tenant_id", "a")), a.ExternalLabels);
        Assert.Equal(LabelSet.FromStrings(("replica", "r0"), ("team", "y"), ("tenant_id", "b")), b.ExternalLabels);

        store.SetHashringLabels(new Dictionary<string, LabelSet> { ["a"] = LabelSet.Empty });
        Assert.Equal(LabelSet.FromStrings(("replica", "r0"), ("tenant_id", "a")), a.ExternalLabels);
    }

    [Fact]
    public async Task Upload_AllTenants_EachMakesAPass()
    {
        await using var store = _fixture.CreateStore(bucket: true);
        await store.GetOrOpenAsync("a", default);
        await store.GetOrOpenAsync("b", default);
        await store.UploadAsync(default);

        Assert.Equal((1, 1), (_fixture.Uploads["a"].Syncs, _fixture.Uploads["b"].Syncs));
    }

    [Fact]
    public async Task Flush_EveryTenant_LeavesBlocksOnDisk()
    {
        await using var store = _fixture.CreateStore();
        foreach (var name in (string[])["a", "b", "c"])
        {
            var tenant = await store.GetOrOpenAsync(name, default);
            var nowMs = _fixture.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            for (var i = 0; i < 10; i++) TenancyFixture.Append(tenant.Database, "up", nowMs + (i * 1000), i);
        }
        await store.FlushAsync(default);

        Assert.All(store.Open, static tenant =>
            Assert.Single(Directory.GetDirectories(tenant.DirectoryPath), static d => BlockNames.IsUlid(Path.GetFileName(d))));
    }

    [Fact]
    public async Task Cutting_HappensOncePerPeriodAfterAStagger()
    {
        await using var store = _fixture.CreateStore();
        var tenant = await store.GetOrOpenAsync("t", default);
        _fixture.Clock.Advance(TimeSpan.FromMinutes(119));
        Assert.Null(tenant.LastCutMs);
        var firstMs = await AdvanceUntilCutAsync(tenant, 0);
        var nextMs = await AdvanceUntilCutAsync(tenant, firstMs);

        Assert.InRange(nextMs - firstMs, 7_140_000, 7_260_000); // 2 h, seen in steps of a minute.
    }

    [Fact]
    public async Task Dispose_StopsTimersAndUploadsAndReleasesTheLocks()
    {
        var store = _fixture.CreateStore(bucket: true);
        await store.GetOrOpenAsync("a", default);
        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.True(_fixture.Uploads["a"].IsDisposed);
        Assert.Equal(0, _fixture.Clock.ArmedTimers);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.GetOrOpenAsync("b", default).AsTask());
        await using var next = _fixture.CreateStore();
        Assert.Equal("a", (await next.GetOrOpenAsync("a", default)).Id);
    }

    [Fact]
    public async Task Dispose_WaitsForReadersInside()
    {
        var store = _fixture.CreateStore();
        var tenant = await store.GetOrOpenAsync("a", default);
        Assert.True(tenant.TryEnter());
        var disposal = store.DisposeAsync().AsTask();
        while (tenant.TryEnter())
        {
            tenant.Exit();
            await Task.Yield();
        }
        Assert.False(disposal.IsCompleted);
        tenant.Exit();
        await disposal;
    }

    private async Task<long> AdvanceUntilCutAsync(Tenant tenant, long afterMs)
    {
        for (var minute = 0; minute < 200; minute++)
        {
            _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
            for (var i = 0; i < 50; i++)
            {
                if (tenant.LastCutMs is { } cutMs && cutMs > afterMs) return cutMs;
                await Task.Yield();
            }
        }
        throw new TimeoutException($"no cut after {afterMs}");
    }
}
