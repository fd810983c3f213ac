using System.Linq;
using System.Security.Cryptography;
using Amazon.S3;
using ObjStore.Configuration;
using ObjStore.S3;
using TestKit;

namespace ObjStore.Tests.S3;

public sealed class S3BucketTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualClock _clock = new();
    private FakeS3 _server = null!;

    public async Task InitializeAsync() => _server = await FakeS3.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upload_SmallFile_TravelsPlainSignedAndWithMd5()
    {
        using var bucket = Open();
        var content = "hello"u8.ToArray();
        await bucket.UploadAsync("a/b c+ü", _folder.Write("f", content), default);

        Assert.Equal(content, _server.Objects["a/b c+ü"]);
        var (method, _, headers) = Assert.Single(_server.Requests);
        Assert.Equal("PUT", method);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), headers["x-amz-content-sha256"]);
#pragma warning disable CA5351
        Assert.Equal(Convert.ToBase64String(MD5.HashData(content)), headers.ContentMD5);
#pragma warning restore CA5351
        Assert.Equal("", headers.ContentEncoding.ToString());
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=key/", headers.Authorization.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_MetadataAndStorageClass_AreSent()
    {
        using var bucket = Open(c => c with
        {
            SendContentMd5 = false,
            UserMetadata = new Dictionary<string, string> { ["owner"] = "me", ["x-amz-storage-class"] = "STANDARD_IA" },
            SseType = "SSE-S3",
        });
        await bucket.UploadAsync("a", _folder.Write("f", "x"u8), default);

        var headers = Assert.Single(_server.Requests).Headers;
        Assert.Equal("me", headers["x-amz-meta-owner"]);
        Assert.Equal("STANDARD_IA", headers["x-amz-storage-class"]);
        Assert.Equal("AES256", headers["x-amz-server-side-encryption"]);
        Assert.Equal("", headers.ContentMD5.ToString());
    }

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(503, "SlowDown")]
    public async Task Upload_ServerErrorOnce_IsRetried(int status, string code)
    {
        var faults = 0;
        _server.Fault = async c => Interlocked.Increment(ref faults) == 1 && await FakeS3.AnswerAsync(c, status, code);
        using var bucket = Open();
        await bucket.UploadAsync("a", _folder.Write("f", "x"u8), default);

        Assert.Equal("x"u8.ToArray(), _server.Objects["a"]);
    }

    [Fact]
    public async Task Upload_ServerErrorAlways_ThrowsAndKeepsTheOldObject()
    {
        _server.Objects["a"] = "old"u8.ToArray();
        _server.Fault = c => FakeS3.AnswerAsync(c, 503, "SlowDown");
        using var bucket = Open();
        await Assert.ThrowsAsync<AmazonS3Exception>(() => bucket.UploadAsync("a", _folder.Write("f", "x"u8), default));

        Assert.Equal("old"u8.ToArray(), _server.Objects["a"]);
        Assert.Equal(2, _server.Requests.Count); // max_retries 1
    }

    [Fact]
    public async Task Upload_ConnectionCut_IsRetriedFromTheStart()
    {
        var content = new byte[3 << 20];
        new Random(1).NextBytes(content);
        var faults = 0;
        _server.Fault = async c =>
        {
            if (Interlocked.Increment(ref faults) > 1) return false;
            await c.Request.Body.ReadExactlyAsync(new byte[1 << 20]);
            return await FakeS3.CutAsync(c);
        };
        using var bucket = Open();
        await bucket.UploadAsync("a", _folder.Write("f", content), default);

        Assert.Equal(content, _server.Objects["a"]);
    }

    [Fact]
    public async Task Upload_SilentServer_IsGivenUpAfterTheHeaderTimeoutAndRetried()
    {
        var faults = 0;
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Fault = async c =>
        {
            if (Interlocked.Increment(ref faults) > 1) return false;
            await c.Request.Body.CopyToAsync(Stream.Null);
            silent.SetResult();
            await Task.Delay(Timeout.Infinite, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        using var bucket = Open();
        var upload = bucket.UploadAsync("a", _folder.Write("f", "x"u8), default);
        await silent.Task;
        Assert.False(upload.IsCompleted);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await upload;

        Assert.Equal("x"u8.ToArray(), _server.Objects["a"]);
    }

    [Fact]
    public async Task Upload_LargeFile_GoesInPartsAndIsWhole()
    {
        var content = new byte[(12 << 20) + 7];
        new Random(2).NextBytes(content);
        using var bucket = Open();
        await bucket.UploadAsync("big", _folder.Write("f", content), default);

        Assert.Equal(content, _server.Objects["big"]);
        Assert.Equal(3, _server.Requests.Count(static r => r.Method == "PUT"));
        Assert.Empty(_server.OpenUploads);
        Assert.All(_server.Requests.Where(static r => r.Method == "PUT"), static r =>
            Assert.Equal(24, r.Headers.ContentMD5.ToString().Length));
    }

    [Fact]
    public async Task Upload_APartFails_IsAborted()
    {
        _server.Objects["big"] = "old"u8.ToArray();
        _server.Fault = async c => c.Request.Query["partNumber"] == "2" && await FakeS3.AnswerAsync(c, 500, "InternalError");
        using var bucket = Open();
        await Assert.ThrowsAsync<AmazonS3Exception>(
            () => bucket.UploadAsync("big", _folder.Write("f", new byte[12 << 20]), default));

        Assert.Equal("old"u8.ToArray(), _server.Objects["big"]);
        Assert.Empty(_server.OpenUploads);
    }

    [Fact]
    public async Task Upload_CancelledMidway_IsAborted()
    {
        using var stop = new CancellationTokenSource();
        _server.Fault = async c =>
        {
            if (c.Request.Query["partNumber"] == "2") await stop.CancelAsync();
            return false;
        };
        using var bucket = Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bucket.UploadAsync("big", _folder.Write("f", new byte[12 << 20]), stop.Token));

        Assert.Empty(_server.Objects);
        Assert.Empty(_server.OpenUploads);
    }

    [Fact]
    public async Task Upload_MultipartDisabled_IsOneRequest()
    {
        using var bucket = Open(static c => c with { DisableMultipart = true });
        await bucket.UploadAsync("big", _folder.Write("f", new byte[6 << 20]), default);

        Assert.Single(_server.Requests);
        Assert.Equal(6 << 20, _server.Objects["big"].Length);
    }

    [Fact]
    public async Task Objects_PresentAndMissing_AreToldApart()
    {
        using var bucket = Open();
        _server.Objects["a"] = "x"u8.ToArray();

        Assert.True(await bucket.ExistsAsync("a", default));
        Assert.False(await bucket.ExistsAsync("b", default));
        Assert.Equal("x"u8.ToArray(), await bucket.GetAsync("a", default));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => bucket.GetAsync("b", default));
        await bucket.DeleteAsync("a", default);
        Assert.False(await bucket.ExistsAsync("a", default));
    }

    [Fact]
    public async Task Exists_AccessDenied_IsAnErrorNotAbsence()
    {
        _server.Fault = c => FakeS3.AnswerAsync(c, 403, "AccessDenied");
        using var bucket = Open();
        await Assert.ThrowsAsync<AmazonS3Exception>(() => bucket.ExistsAsync("a", default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task List_SeveralPages_GivesEveryNameOnce(bool v1)
    {
        foreach (var name in (string[])["a/1", "a/2", "a/3", "a/4", "a/5", "b"]) _server.Objects[name] = [];
        _server.PageSize = 2;
        using var bucket = Open(c => c with { ListObjectsV1 = v1 });
        var found = new List<string>();
        await foreach (var name in bucket.ListAsync("a/", default)) found.Add(name);

        Assert.Equal(["a/1", "a/2", "a/3", "a/4", "a/5"], found);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task List_Empty_GivesNothing()
    {
        using var bucket = Open();
        await foreach (var name in bucket.ListAsync("", default)) Assert.Fail(name);
    }

    [Theory]
    [InlineData("s3.eu-west-1.amazonaws.com", "eu-west-1")]
    [InlineData("s3-us-gov-west-1.amazonaws.com:443", "us-gov-west-1")]
    [InlineData("s3.dualstack.ap-southeast-2.amazonaws.com", "ap-southeast-2")]
    [InlineData("s3.amazonaws.com", "us-east-1")]
    [InlineData("minio.some-name-1.svc:9000", "us-east-1")]
    public void Region_OfEndpoint_IsReadFromAmazonNamesOnly(string endpoint, string region) =>
        Assert.Equal(region, ClientSetup.RegionOf(endpoint));

    private S3Bucket Open(Func<S3Config, S3Config>? change = null)
    {
        var config = new S3Config
        {
            Bucket = "bkt",
            Endpoint = _server.Endpoint,
            AccessKey = "key",
            SecretKey = "secret",
            Insecure = true,
            MaxRetries = 1,
            PartSizeBytes = 5 << 20,
        };
        return new S3Bucket(change is null ? config : change(config), _clock);
    }
}
