using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using ObjStore;
using ObjStore.Configuration;
using Tsdb.Blocks;

namespace Integration.Agents;

/// <summary>The blocks of the agent's run lie in a real S3 bucket as Thanos reads them.</summary>
[Collection(AgentRunCollection.Name)]
[Trait("Category", "Slow")]
public sealed class ShippedBlocksTests(AgentRun run)
{
    [SkippableFact]
    public async Task Bucket_AfterTheStop_HoldsEveryBlockAndNothingElse()
    {
        AgentRun.SkipIfAbsent();
        run.Rgw.SkipIfAbsent();
        using var bucket = BucketConfig.Parse(run.BucketConfig).CreateBucket(new BucketCounters(), TimeProvider.System);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (ulid, directory) in LocalBlocks())
        {
            foreach (var file in ((string[])["index", .. ChunkFiles(directory)]))
            {
                expected.Add($"{ulid}/{file}");
                var remote = await bucket.GetAsync($"{ulid}/{file}", default);
                var local = await File.ReadAllBytesAsync(Path.Combine(directory, file));
                Assert.True(remote.AsSpan().SequenceEqual(local), $"{ulid}/{file} differs from the local file");
            }
            expected.Add($"{ulid}/meta.json");
        }
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var name in bucket.ListAsync("", default)) names.Add(name);
        Assert.Equal(expected, names);
        Assert.NotEmpty(names);
    }

    [SkippableFact]
    public async Task Meta_InTheBucket_CarriesTheThanosSection()
    {
        AgentRun.SkipIfAbsent();
        run.Rgw.SkipIfAbsent();
        using var bucket = BucketConfig.Parse(run.BucketConfig).CreateBucket(new BucketCounters(), TimeProvider.System);
        foreach (var receiver in run.Receivers)
        {
            var directory = AgentRun.DirectoryOf(receiver);
            foreach (var ulid in BlockDirectory.List(directory))
                AssertMeta(await bucket.GetAsync($"{ulid}/meta.json", default), Path.Combine(directory, ulid), receiver.Replica);
        }
    }

    [SkippableFact]
    public async Task ShipperFile_AfterTheStop_ListsEveryBlock()
    {
        AgentRun.SkipIfAbsent();
        foreach (var receiver in run.Receivers)
        {
            var directory = AgentRun.DirectoryOf(receiver);
            using var state = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "thanos.shipper.json")));
            Assert.Equal(1, state.RootElement.GetProperty("version").GetInt32());
            var uploaded = state.RootElement.GetProperty("uploaded").EnumerateArray().Select(static u => u.GetString()!);
            Assert.Equal(BlockDirectory.List(directory).Order(StringComparer.Ordinal), uploaded.Order(StringComparer.Ordinal));
        }
    }

    private static void AssertMeta(byte[] json, string localBlock, string replica)
    {
        var text = Encoding.UTF8.GetString(json);
        Assert.StartsWith("{\n\t\"ulid\": ", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        var meta = document.RootElement;
        Assert.Equal(["ulid", "minTime", "maxTime", "stats", "compaction", "version", "thanos"], Keys(meta));
        Assert.Equal(Path.GetFileName(localBlock), meta.GetProperty("ulid").GetString());
        using var local = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(localBlock, "meta.json")));
        foreach (var key in Keys(meta).Where(static k => k != "thanos"))
            Assert.Equal(local.RootElement.GetProperty(key).GetRawText(), meta.GetProperty(key).GetRawText());
        Assert.DoesNotContain("thanos", Keys(local.RootElement));

        var thanos = meta.GetProperty("thanos");
        Assert.Equal(["labels", "downsample", "source", "segment_files", "files", "index_stats", "upload_time"], Keys(thanos));
        Assert.Equal(["receive_replica", "tenant_id"], Keys(thanos.GetProperty("labels")));
        Assert.Equal(replica, thanos.GetProperty("labels").GetProperty("receive_replica").GetString());
        Assert.Equal(AgentRun.Tenant, thanos.GetProperty("labels").GetProperty("tenant_id").GetString());
        Assert.Equal(0, thanos.GetProperty("downsample").GetProperty("resolution").GetInt64());
        Assert.Equal("receive", thanos.GetProperty("source").GetString());
        Assert.Empty(Keys(thanos.GetProperty("index_stats")));
        var chunks = ChunkFiles(localBlock);
        var segments = thanos.GetProperty("segment_files").EnumerateArray().Select(static f => f.GetString());
        Assert.Equal(chunks.Select(Path.GetFileName), segments);
        AssertFiles(thanos.GetProperty("files"), localBlock, chunks);
        var uploaded = DateTimeOffset.Parse(thanos.GetProperty("upload_time").GetString()!, CultureInfo.InvariantCulture);
        var age = TimeProvider.System.GetUtcNow() - uploaded;
        Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    private static void AssertFiles(JsonElement files, string localBlock, List<string> chunks)
    {
        var listed = files.EnumerateArray().Select(static f => f.GetProperty("rel_path").GetString());
        Assert.Equal([.. chunks, "index", "meta.json"], listed);
        foreach (var file in files.EnumerateArray())
        {
            var name = file.GetProperty("rel_path").GetString()!;
            if (name == "meta.json") Assert.Equal(["rel_path"], Keys(file));
            else Assert.Equal(new FileInfo(Path.Combine(localBlock, name)).Length, file.GetProperty("size_bytes").GetInt64());
        }
    }

    private IEnumerable<(string Ulid, string Directory)> LocalBlocks() =>
        from receiver in run.Receivers
        from ulid in BlockDirectory.List(AgentRun.DirectoryOf(receiver))
        select (ulid, Path.Combine(AgentRun.DirectoryOf(receiver), ulid));

    private static List<string> ChunkFiles(string block) =>
        [.. from path in Directory.GetFiles(Path.Combine(block, "chunks"))
            orderby path
            select $"chunks/{Path.GetFileName(path)}"];

    private static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(static p => p.Name)];
}
