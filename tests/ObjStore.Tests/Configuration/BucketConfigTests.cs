using ObjStore.Configuration;
using TestKit;

namespace ObjStore.Tests.Configuration;

public sealed class BucketConfigTests
{
    [Fact]
    public void Parse_S3WithOnlyTheEndpoint_HasUpstreamsDefaults()
    {
        var config = BucketConfig.Parse("type: s3\nconfig: {endpoint: 'h:9000', bucket: b}");

        Assert.Equal(("b", ""), (config.Name, config.Prefix));
        var s3 = config.S3!;
        Assert.Equal(("h:9000", "b", "", false), (s3.Endpoint, s3.Bucket, s3.Region, s3.Insecure));
        Assert.Equal((64L << 20, true, false, 0, BucketLookup.Auto),
            (s3.PartSizeBytes, s3.SendContentMd5, s3.ListObjectsV1, s3.MaxRetries, s3.Lookup));
        Assert.Equal(new HttpConfig(), s3.Http);
        Assert.Equal(TimeSpan.FromMinutes(2), s3.Http.ResponseHeaderTimeout);
        Assert.Equal(TimeSpan.FromSeconds(90), s3.Http.IdleConnectionTimeout);
    }

    [Fact]
    public void Parse_EveryKey_IsKnown()
    {
        var config = BucketConfig.Parse("""
            type: S3
            prefix: //cluster/a/
            config:
              bucket: b
              endpoint: h
              region: eu
              disable_dualstack: true
              aws_sdk_auth: false
              access_key: k
              insecure: true
              signature_version2: false
              secret_key: "s"
              session_token: t
              put_user_metadata: {"X-Amz-Acl": private}
              http_config:
                idle_conn_timeout: 1m30s
                response_header_timeout: 5m
                insecure_skip_verify: true
                tls_handshake_timeout: 10s
                expect_continue_timeout: 1s
                max_idle_conns: 100
                max_idle_conns_per_host: 100
                max_conns_per_host: 7
                tls_config: {ca_file: ca, cert_file: c, key_file: k, server_name: n, insecure_skip_verify: false}
                disable_compression: false
              trace: {enable: false}
              list_objects_version: v1
              bucket_lookup_type: path
              send_content_md5: false
              disable_multipart: true
              part_size: 134217728
              sse_config: {type: SSE-KMS, kms_key_id: id, kms_encryption_context: {a: b}, encryption_key: ""}
              sts_endpoint: ""
              max_retries: 3
            """);

        Assert.Equal("cluster/a", config.Prefix);
        var s3 = config.S3!;
        Assert.Equal(("eu", "k", "s", "t"), (s3.Region, s3.AccessKey, s3.SecretKey, s3.SessionToken));
        Assert.True(s3.Insecure && s3.ListObjectsV1 && s3.DisableMultipart && !s3.SendContentMd5);
        Assert.Equal((BucketLookup.Path, 3, 128L << 20, "SSE-KMS", "id"),
            (s3.Lookup, s3.MaxRetries, s3.PartSizeBytes, s3.SseType, s3.KmsKeyId));
        Assert.Equal((7, "ca", "c", "k", "n", true), (s3.Http.MaxConnections, s3.Http.CaFile, s3.Http.CertFile, s3.Http.KeyFile,
            s3.Http.ServerName, s3.Http.InsecureSkipVerify));
        Assert.Equal(TimeSpan.FromSeconds(90), s3.Http.IdleConnectionTimeout);
    }

    [Theory]
    [InlineData("type: GCS\nconfig: {bucket: b}", "bucket with type GCS is not supported")]
    [InlineData("type: \nconfig: {}", "bucket with type  is not supported")]
    [InlineData("", "bucket with type  is not supported")]
    [InlineData("type: S3", "create S3 client: no s3 endpoint in config file")]
    [InlineData("type: S3\nconfig: {endpoint: h, access_key: k}", "no s3 secret_key specified while access_key is present")]
    [InlineData("type: S3\nconfig: {endpoint: h, secret_key: k}", "no s3 access_key specified while secret_key is present")]
    [InlineData("type: S3\nconfig: {endpoint: h, access_key: k, secret_key: s, aws_sdk_auth: true}", "mutually exclusive")]
    [InlineData("type: S3\nconfig: {endpoint: 'http://h'}", "without a scheme")]
    [InlineData("type: S3\nconfig: {endpoint: h, signature_version2: true}", "signature_version2 is not supported")]
    [InlineData("type: S3\nconfig: {endpoint: h, sse_config: {type: SSE-C}}", "encryption_key must be set")]
    [InlineData("type: S3\nconfig: {endpoint: h, sse_config: {type: SSE-KMS}}", "kms_key_id must be set")]
    [InlineData("type: S3\nconfig: {endpoint: h, sse_config: {type: X}}", "Unsupported type 'X'")]
    [InlineData("type: S3\nconfig:\n  endpoint: h\n  bucketname: b",
        "yaml: unmarshal errors:\n  line 4: field bucketname not found in type s3.Config")]
    [InlineData("type: S3\nconf: {}", "line 2: field conf not found in type client.BucketConfig")]
    [InlineData("type: S3\nconfig: {endpoint: h, insecure: maybe}", "cannot unmarshal !!str `maybe` into bool")]
    [InlineData("type: S3\nconfig: {endpoint: h, http_config: {idle_conn_timeout: 90}}", "not a valid duration string: \"90\"")]
    [InlineData("type: S3\nconfig: {endpoint: h, part_size: big}", "cannot unmarshal !!str `big` into uint64")]
    [InlineData("type: S3\nconfig: {endpoint: h, endpoint: i}", "parsing config YAML file")]
    [InlineData("type: [S3", "parsing config YAML file: yaml: line")]
    [InlineData("type: FILESYSTEM\nconfig: {}", "missing directory for filesystem bucket")]
    [InlineData("type: FILESYSTEM\nconfig: {dir: /x}", "field dir not found in type filesystem.Config")]
    public void Parse_Unusable_SaysWhy(string yaml, string text)
    {
        var error = Assert.Throws<BucketConfigException>(() => BucketConfig.Parse(yaml));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Json_IsYaml()
    {
        var config = BucketConfig.Parse("""{"type": "FILESYSTEM", "config": {"directory": "/data/bucket"}, "prefix": "///"}""");
        Assert.Equal(("fs: /data/bucket", "", "/data/bucket"), (config.Name, config.Prefix, config.Directory));
    }

    [Fact]
    public async Task CreateBucket_FilesystemWithPrefix_CountsAndPrefixes()
    {
        using var folder = new TempFolder();
        var counters = new BucketCounters();
        var clock = new ManualClock();
        using var bucket = BucketConfig.Parse($"type: FILESYSTEM\nprefix: p/q\nconfig: {{directory: {folder.At("bucket")}}}")
            .CreateBucket(counters, clock);
        await bucket.UploadAsync("a/b", folder.Write("f", "12345"u8), default);

        Assert.Equal("12345"u8.ToArray(), await File.ReadAllBytesAsync(folder.At("bucket", "p", "q", "a", "b")));
        Assert.Equal(1, counters[BucketOperation.Upload].Attempts);
        Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds(), counters.LastSuccessfulUploadMs);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("90s", 90_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h500ms", 3_600_500)]
    [InlineData("1y1w1d", 373L * 86_400_000)]
    public void Duration_Valid_IsRead(string text, long milliseconds)
    {
        Assert.True(ModelDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("1s1m")]
    [InlineData("1m1m")]
    [InlineData("1 h")]
    [InlineData("s")]
    [InlineData("300y")]
    [InlineData("99999999999999999999s")]
    public void Duration_Invalid_IsRefused(string text) => Assert.False(ModelDuration.TryParse(text, out _));
}
