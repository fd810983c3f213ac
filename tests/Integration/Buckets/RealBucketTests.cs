using System.Linq;
using Amazon.S3;
using Microsoft.Extensions.Logging.Abstractions;
using ObjStore;
using ObjStore.Configuration;
using Receiver.Shipping;
using TestKit;
using Tsdb.Labels;

namespace Integration.Buckets;

/// <summary>Our bucket against a real S3 server, which alone verifies signatures and encodings.</summary>
public sealed class RealBucketTests(CephRgw server) : IClassFixture<CephRgw>
{
    // What S3 keys may hold and what tends to break signatures.
    private static readonly string[] AwkwardNames =
        ["a/b", "a/sp ace", "a/pl+us", "a/am&p", "a/per%25cent", "a/til~de", "a/par(en)'s!", "a/st*r:colon,@$", "a/ünï/漢",
            "a=b/c?d#e"];

    [SkippableFact]
    public async Task Objects_OfAnyName_RoundTrip()
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        using var bucket = await OpenAsync("names");
        foreach (var name in AwkwardNames)
        {
            Assert.False(await bucket.ExistsAsync(name, default));
            await bucket.UploadAsync(name, folder.Write("f", System.Text.Encoding.UTF8.GetBytes(name)), default);
            Assert.True(await bucket.ExistsAsync(name, default));
            Assert.Equal(System.Text.Encoding.UTF8.GetBytes(name), await bucket.GetAsync(name, default));
        }
        Assert.Equal(AwkwardNames.Order(StringComparer.Ordinal), (await NamesAsync(bucket, "")).Order(StringComparer.Ordinal));
        Assert.Equal(AwkwardNames.Length - 1, (await NamesAsync(bucket, "a/")).Count);
        foreach (var name in AwkwardNames) await bucket.DeleteAsync(name, default);
        Assert.Empty(await NamesAsync(bucket, ""));
        await bucket.DeleteAsync("never was", default);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => bucket.GetAsync("never was", default));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((5 << 20) - 1)]
    [InlineData(5 << 20)]
    [InlineData((16 << 20) + 3)]
    public async Task Upload_OfAnySize_IsWhole(int sizeBytes)
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        using var bucket = await OpenAsync($"size{sizeBytes}", "  part_size: 5242880");
        var content = new byte[sizeBytes];
        new Random(sizeBytes).NextBytes(content);
        await bucket.UploadAsync("o", folder.Write("f", content), default);
        await bucket.UploadAsync("o", folder.Write("f", content), default);

        Assert.Equal(content, await bucket.GetAsync("o", default));
        using var client = server.CreateClient();
        var open = await client.ListMultipartUploadsAsync($"size{sizeBytes}");
        Assert.Empty(open.MultipartUploads ?? []);
    }

    [SkippableFact]
    public async Task List_MoreThanAPage_GivesAll()
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        var file = folder.Write("f", "x"u8);
        using var bucket = await OpenAsync("pages");
        await Parallel.ForAsync(0, 1100, async (i, stop) => await bucket.UploadAsync($"p/{i:0000}", file, stop));

        Assert.Equal(1100, (await NamesAsync(bucket, "p/")).Distinct().Count());
    }

    [SkippableFact]
    public async Task Operations_WithAWrongSecretOrBucket_Throw()
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        var file = folder.Write("f", "x"u8);
        await server.CreateBucketAsync("locked");
        var wrongSecret = server.ConfigOf("locked").Replace(server.SecretKey, "WRONG", StringComparison.Ordinal);
        using var locked = BucketConfig.Parse(wrongSecret).CreateBucket(new BucketCounters(), TimeProvider.System);
        var denied = await Assert.ThrowsAsync<AmazonS3Exception>(() => locked.UploadAsync("o", file, default));
        Assert.Equal("SignatureDoesNotMatch", denied.ErrorCode);
        await Assert.ThrowsAsync<AmazonS3Exception>(() => locked.ExistsAsync("o", default));

        using var absent = BucketConfig.Parse(server.ConfigOf("absent")).CreateBucket(new BucketCounters(), TimeProvider.System);
        var missing = await Assert.ThrowsAsync<AmazonS3Exception>(() => absent.UploadAsync("o", file, default));
        Assert.Equal("NoSuchBucket", missing.ErrorCode);
    }

    [SkippableFact]
    public async Task Upload_WithoutKeysInTheFile_UsesTheEnvironments()
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        await server.CreateBucketAsync("environment");
        var config = string.Join('\n', server.ConfigOf("environment").Split('\n')
            .Where(static line => !line.Contains("_key:", StringComparison.Ordinal)));
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", server.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", server.SecretKey);
        try
        {
            using var bucket = BucketConfig.Parse(config).CreateBucket(new BucketCounters(), TimeProvider.System);
            await bucket.UploadAsync("o", folder.Write("f", "x"u8), default);
            Assert.True(await bucket.ExistsAsync("o", default));
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", null);
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", null);
        }
    }

    [SkippableFact]
    public async Task Shipper_BlocksOfARealRun_ArriveIdentically()
    {
        server.SkipIfAbsent();
        using var folder = new TempFolder();
        Golden.Extract(Golden.Files("tsdb/datadirs", "thanos-graceful-1m.tar.gz").Single(), folder.At("data"));
        Golden.Extract(Golden.Files("tsdb/shipper", "bucket-thanos-graceful-1m.tar.gz").Single(), folder.At("expected"));
        using var bucket = await OpenAsync("blocks", "prefix: cluster/one");
        foreach (var tenant in (string[])["t1", "t2"])
        {
            File.Delete(folder.At("data", tenant, "thanos.shipper.json"));
            var labels = LabelSet.FromStrings(("tenant_id", tenant));
            await using var shipper =
                new Shipper(tenant, folder.At("data", tenant), () => labels, bucket, new ShippingOptions(), NullLogger.Instance);
            await shipper.SyncAsync(default);
            Assert.Equal(16, shipper.Counters.Uploads);
        }

        var expected = Directory.GetFiles(folder.At("expected", "bucket"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder.At("expected", "bucket"), path)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(expected, await NamesAsync(bucket, ""));
        foreach (var name in expected.Where(static name => !name.EndsWith("meta.json", StringComparison.Ordinal)))
            Assert.Equal(
                await File.ReadAllBytesAsync(folder.At("expected", "bucket", name)), await bucket.GetAsync(name, default));
        using var client = server.CreateClient();
        await client.GetObjectMetadataAsync("blocks", "cluster/one/" + expected[0]);
    }

    private async Task<IBucket> OpenAsync(string name, string more = "")
    {
        await server.CreateBucketAsync(name);
        return BucketConfig.Parse(server.ConfigOf(name) + "\n" + more).CreateBucket(new BucketCounters(), TimeProvider.System);
    }

    private static async Task<List<string>> NamesAsync(IBucket bucket, string prefix)
    {
        var names = new List<string>();
        await foreach (var name in bucket.ListAsync(prefix, default)) names.Add(name);
        return names;
    }
}
