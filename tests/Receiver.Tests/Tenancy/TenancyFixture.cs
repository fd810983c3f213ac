using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Receiver.Tenancy;
using TestKit;
using Tsdb;
using Tsdb.Head;
using Tsdb.Labels;

namespace Receiver.Tests.Tenancy;

/// <summary>A data directory, a clock and recorded uploads for tests of the tenant store.</summary>
internal sealed class TenancyFixture : IDisposable
{
    public TenancyFixture() => Options = new TenancyOptions
    {
        Database = new DatabaseOptions { Directory = DataPath, Clock = Clock },
        Labels = LabelSet.FromStrings(("replica", "r0")),
    };

    public TempFolder Folder { get; } = new();

    public ManualClock Clock { get; } = new();

    public ConcurrentDictionary<string, FakeUploads> Uploads { get; } = new();

    public string DataPath => Folder.At("data");

    public TenancyOptions Options { get; set; }

    public TenantStore CreateStore(bool bucket = false, Func<DatabaseOptions, Database>? open = null)
    {
        Func<Tenant, IBlockUploads> uploads = tenant => Uploads[tenant.Id] = new FakeUploads();
        return new(Options, bucket ? uploads : null, open ?? Database.Open, NullLogger.Instance);
    }

    /// <summary>Stores one sample.</summary>
    public static void Append(Database database, string name, long timestampMs, double value)
    {
        var labels = LabelSet.FromStrings(("__name__", name), ("job", "test"));
        using var appender = database.CreateAppender();
        Span<AppendItem> items =
        [
            new AppendItem
            {
                Key = Tsdb.Memory.KeyedHash.Compute(labels.Encoded),
                TimestampMs = timestampMs,
                ValueBits = BitConverter.DoubleToUInt64Bits(value),
            },
        ];
        appender.Find(items);
        if (items[0].SeriesIndex == AppendItem.NoSeries) appender.Create(ref items[0], labels.Encoded);
        appender.Append(items);
        appender.Commit();
        Assert.Equal(AppendResult.Appended, items[0].Result);
    }

    public void Dispose() => Folder.Dispose();
}

/// <summary>Uploads that only remember what was asked of them.</summary>
internal sealed class FakeUploads : IBlockUploads
{
    private int _syncs;

    public int Syncs => Volatile.Read(ref _syncs);

    public bool IsDisposed { get; private set; }

    public IReadOnlySet<string>? Listed { get; set; } = new HashSet<string>();

    public Task SyncAsync(CancellationToken stop)
    {
        Interlocked.Increment(ref _syncs);
        return Task.CompletedTask;
    }

    public IReadOnlySet<string>? Uploaded() => Listed;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
