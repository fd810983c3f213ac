using System.Linq;
using System.Text;
using Receiver.Shipping;
using Tsdb.Labels;
using static Receiver.Tests.Shipping.BlockFixture;

namespace Receiver.Tests.Shipping;

public sealed class ShipperTests : IDisposable
{
    private readonly BlockFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Sync_TwoBlocks_UploadsOldestFirstAndMetaLast()
    {
        _fixture.AddBlock(First, minTimeMs: 2000);
        _fixture.AddBlock(Second, minTimeMs: 1000);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Equal([.. ObjectsOf(Second), .. ObjectsOf(First)], _fixture.Bucket.Uploads);
        Assert.Equal(StateOf(Second, First), _fixture.State());
        Assert.Equal((1, 0, 2), (shipper.Counters.Syncs, shipper.Counters.SyncFailures, shipper.Counters.Uploads));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.StagingPath));
    }

    [Fact]
    public async Task Sync_Meta_HasTheThanosSectionAndLeavesTheBlockAlone()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        var before = await File.ReadAllTextAsync(_fixture.Folder.At(First, "meta.json"));
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        var expected = $$"""
            {
            	"ulid": "{{First}}",
            	"minTime": 1,
            	"maxTime": 9,
            	"stats": {
            		"numSamples": 10
            	},
            	"compaction": {
            		"level": 1,
            		"sources": [
            			"{{First}}"
            		]
            	},
            	"version": 1,
            	"thanos": {
            		"labels": {
            			"replica": "a\u003cb",
            			"tenant_id": "t"
            		},
            		"downsample": {
            			"resolution": 0
            		},
            		"source": "receive",
            		"segment_files": [
            			"000001",
            			"000002"
            		],
            		"files": [
            			{
            				"rel_path": "chunks/000001",
            				"size_bytes": 35
            			},
            			{
            				"rel_path": "chunks/000002",
            				"size_bytes": 35
            			},
            			{
            				"rel_path": "index",
            				"size_bytes": 32
            			},
            			{
            				"rel_path": "meta.json"
            			}
            		],
            		"index_stats": {},
            		"upload_time": "2026-01-02T00:00:00Z"
            	}
            }

            """;
        Assert.Equal(expected, Encoding.UTF8.GetString(_fixture.Bucket.Objects[$"{First}/meta.json"]));
        Assert.Equal(before, await File.ReadAllTextAsync(_fixture.Folder.At(First, "meta.json")));
    }

    [Theory]
    [InlineData("chunks/000001")]
    [InlineData("chunks/000002")]
    [InlineData("index")]
    [InlineData("meta.json")]
    public async Task Sync_UploadFailsAtAnyStep_StopsThereAndTheNextPassCompletes(string step)
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.AddBlock(Second, minTimeMs: 2);
        _fixture.AddBlock(Third, minTimeMs: 3);
        _fixture.Bucket.Before = (operation, name, _) =>
            operation == "upload" && name == $"{Second}/{step}" ? throw new IOException("disk on fire") : Task.CompletedTask;
        await using var shipper = _fixture.CreateShipper();
        var error = await Assert.ThrowsAsync<ShippingException>(() => shipper.SyncAsync(default));

        Assert.Equal($"upload {Second}: disk on fire", error.Message);
        Assert.False(_fixture.Bucket.Objects.ContainsKey($"{Second}/meta.json"));
        Assert.DoesNotContain(_fixture.Bucket.Uploads, static name => name.StartsWith(Third, StringComparison.Ordinal));
        Assert.False(File.Exists(_fixture.StatePath));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.StagingPath));
        Assert.Equal((0, 1, 1, 1),
            (shipper.Counters.Syncs, shipper.Counters.SyncFailures, shipper.Counters.Uploads, shipper.Counters.UploadFailures));

        _fixture.Bucket.Before = static (_, _, _) => Task.CompletedTask;
        await shipper.SyncAsync(default);
        Assert.Equal(((string[])[First, Second, Third]).SelectMany(ObjectsOf), _fixture.Bucket.Objects.Keys);
        Assert.Equal(StateOf(First, Second, Third), _fixture.State());
        Assert.Equal(3, shipper.Counters.Uploads); // The first was found in the bucket, not uploaded again.
    }

    [Fact]
    public async Task Sync_OutOfOrderAllowed_PassesOverTheFailingBlockAndSaysSo()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.AddBlock(Second, minTimeMs: 2);
        _fixture.Bucket.Before = (operation, name, _) =>
            operation == "upload" && name == $"{First}/index" ? throw new IOException("no") : Task.CompletedTask;
        await using var shipper = _fixture.CreateShipper(static o => o with { AllowOutOfOrderUploads = true });
        var error = await Assert.ThrowsAsync<ShippingException>(() => shipper.SyncAsync(default));

        Assert.Equal("failed to sync 1/0 blocks", error.Message);
        Assert.Equal(StateOf(Second), _fixture.State());
        Assert.Equal((1, 0, 1, 1),
            (shipper.Counters.Syncs, shipper.Counters.SyncFailures, shipper.Counters.Uploads, shipper.Counters.UploadFailures));
    }

    [Fact]
    public async Task Sync_MetaIsInTheBucket_ListsWithoutUploading()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Bucket.Put($"{First}/meta.json", "{}"u8);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Empty(_fixture.Bucket.Uploads);
        Assert.Equal(StateOf(First), _fixture.State());
    }

    [Fact]
    public async Task Sync_PartialUploadInTheBucket_IsWrittenAgainWhole()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Bucket.Put($"{First}/chunks/000001", "half"u8);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Equal(ObjectsOf(First), _fixture.Bucket.Uploads);
        Assert.Equal($"{First} chunks 1", Encoding.UTF8.GetString(_fixture.Bucket.Objects[$"{First}/chunks/000001"]));
    }

    [Fact]
    public async Task Sync_EmptyMergedAndForeignDirectories_AreNotUploaded()
    {
        _fixture.AddBlock(First, minTimeMs: 1, samples: 0);
        _fixture.AddBlock(Second, minTimeMs: 2, level: 2);
        _fixture.Folder.Write($"{Third}.tmp-for-creation/meta.json", "{}"u8);
        _fixture.Folder.Write("wal/00000000", "x"u8);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Empty(_fixture.Bucket.Objects);
        Assert.Equal(StateOf(), _fixture.State());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"version": 2}""")]
    [InlineData("""{"version": 1, "thanos": {"version": 7}}""")]
    [InlineData("""{"version": 1, "minTime": "x"}""")]
    public async Task Sync_CorruptedMeta_AbortsUnlessToBeSkipped(string meta)
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.AddBlock(Second, minTimeMs: 2);
        _fixture.Folder.Write($"{First}/meta.json", Encoding.UTF8.GetBytes(meta));
        await using (var strict = _fixture.CreateShipper())
        {
            var error = await Assert.ThrowsAsync<ShippingException>(() => strict.SyncAsync(default));
            Assert.Contains(First, error.Message, StringComparison.Ordinal);
            Assert.Equal((0, 1), (strict.Counters.Syncs, strict.Counters.SyncFailures));
        }
        Assert.Empty(_fixture.Bucket.Objects);

        await using var lenient = _fixture.CreateShipper(static o => o with { SkipCorruptedBlocks = true });
        var skipped = await Assert.ThrowsAsync<ShippingException>(() => lenient.SyncAsync(default));
        Assert.Equal("failed to sync 0/1 blocks", skipped.Message);
        Assert.Equal(StateOf(Second), _fixture.State());
        Assert.Equal((1, 1), (lenient.Counters.Syncs, lenient.Counters.CorruptedBlocks));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"version": 2, "uploaded": ["01ARZ3NDEKTSV4RRFFQ69G5FA1"]}""")]
    [InlineData("""{"version": 1, "uploaded": [1]}""")]
    public async Task Sync_UnreadableState_CountsAsEmptyAndIsMended(string state)
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Folder.Write("thanos.shipper.json", Encoding.UTF8.GetBytes(state));
        await using var shipper = _fixture.CreateShipper();
        Assert.Null(shipper.Uploaded());
        await shipper.SyncAsync(default);

        Assert.Equal(StateOf(First), _fixture.State());
        Assert.Equal([First], shipper.Uploaded()!);
    }

    [Fact]
    public async Task Sync_BlockDeletedLocally_LeavesTheList()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.AddBlock(Second, minTimeMs: 2);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);
        Directory.Delete(_fixture.Folder.At(First), recursive: true);
        await shipper.SyncAsync(default);

        Assert.Equal(StateOf(Second), _fixture.State());
        Assert.True(_fixture.Bucket.Objects.ContainsKey($"{First}/meta.json"));
    }

    [Fact]
    public async Task Sync_ListedBlockGoneFromTheBucket_IsNotUploadedAgain()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        StateFile.Write(_fixture.Folder.Path, [First]);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Empty(_fixture.Bucket.Uploads);
    }

    [Fact]
    public async Task Sync_ExistenceUnknown_Aborts()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Bucket.Before = static (operation, _, _) =>
            operation == "exists" ? throw new IOException("403") : Task.CompletedTask;
        await using var shipper = _fixture.CreateShipper(static o => o with { AllowOutOfOrderUploads = true });
        var error = await Assert.ThrowsAsync<ShippingException>(() => shipper.SyncAsync(default));

        Assert.StartsWith("check exists: ", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 1), (shipper.Counters.Syncs, shipper.Counters.SyncFailures));
    }

    [Fact]
    public async Task Sync_NoExternalLabels_IsRefused()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.External = LabelSet.Empty;
        await using var shipper = _fixture.CreateShipper();
        var error = await Assert.ThrowsAsync<ShippingException>(() => shipper.SyncAsync(default));

        Assert.Contains("empty external labels are not allowed for Thanos block.", error.Message, StringComparison.Ordinal);
        Assert.Empty(_fixture.Bucket.Objects);
    }

    [Fact]
    public async Task Sync_CancelledMidway_LeavesAPartialUploadAndNoLinks()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        using var stop = new CancellationTokenSource();
        _fixture.Bucket.Before = async (_, name, cancelled) =>
        {
            if (name == $"{First}/index") await stop.CancelAsync();
            cancelled.ThrowIfCancellationRequested();
        };
        await using var shipper = _fixture.CreateShipper();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shipper.SyncAsync(stop.Token));

        Assert.Equal([$"{First}/chunks/000001", $"{First}/chunks/000002"], _fixture.Bucket.Uploads);
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.StagingPath));
        Assert.False(File.Exists(_fixture.StatePath));
    }

    [Fact]
    public async Task Sync_BlockDeletedWhileUploading_IsUploadedWhole()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Bucket.Before = (_, name, _) =>
        {
            if (name == $"{First}/chunks/000001") Directory.Delete(_fixture.Folder.At(First), recursive: true);
            return Task.CompletedTask;
        };
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Equal(ObjectsOf(First), _fixture.Bucket.Objects.Keys);
    }

    [Fact]
    public async Task Sync_LinksOfAKilledProcess_AreCleaned()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Folder.Write($"thanos/upload/{First}/index", "stale"u8);
        _fixture.Folder.Write($"thanos/upload/{Second}/index", "stale"u8);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        Assert.Equal($"{First} index", Encoding.UTF8.GetString(_fixture.Bucket.Objects[$"{First}/index"]));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.StagingPath));
    }

    [Fact]
    public async Task Sync_LabelsOfAnEarlierSection_AreKeptUnderTheTenants()
    {
        _fixture.AddBlock(First, minTimeMs: 1);
        _fixture.Folder.Write($"{First}/meta.json", """
            {"version": 1, "stats": {"numSamples": 1}, "thanos": {"labels": {"tenant_id": "old", "zone": "z"}, "source": "x"}}
            """u8);
        await using var shipper = _fixture.CreateShipper();
        await shipper.SyncAsync(default);

        var meta = Encoding.UTF8.GetString(_fixture.Bucket.Objects[$"{First}/meta.json"]);
        Assert.Contains(
            "\"replica\": \"a\\u003cb\",\n\t\t\t\"tenant_id\": \"t\",\n\t\t\t\"zone\": \"z\"\n", meta, StringComparison.Ordinal);
        Assert.Contains("\"source\": \"receive\"", meta, StringComparison.Ordinal);
    }
}
