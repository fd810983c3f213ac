namespace ObjStore.Configuration;

/// <summary>How a bucket's name gets into its addresses.</summary>
public enum BucketLookup
{
    /// <summary>In the host name on Amazon, in the path elsewhere.</summary>
    Auto,

    /// <summary>In the host name.</summary>
    VirtualHosted,

    /// <summary>In the path.</summary>
    Path,
}

/// <summary>The "config" of type S3. Keys and defaults: objstore providers/s3.</summary>
public sealed record S3Config
{
    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>host or host:port, without scheme; mandatory.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Region that requests are signed for; empty: told by an Amazon endpoint's name, else us-east-1.</summary>
    public string Region { get; init; } = "";

    /// <summary>
    /// Access key; both keys or neither. Without them: environment, shared files, web identity, instance metadata.
    /// </summary>
    public string AccessKey { get; init; } = "";

    /// <summary>Secret key.</summary>
    public string SecretKey { get; init; } = "";

    /// <summary>Token that goes with temporary keys, or empty.</summary>
    public string SessionToken { get; init; } = "";

    /// <summary>Plain HTTP.</summary>
    public bool Insecure { get; init; }

    /// <summary>bucket_lookup_type, default auto.</summary>
    public BucketLookup Lookup { get; init; }

    /// <summary>Whether listings use the first version of the call; list_objects_version "v1".</summary>
    public bool ListObjectsV1 { get; init; }

    /// <summary>Size from which objects are uploaded in parts, and of a part; bytes, default 64 MiB, 5 MiB at least.</summary>
    public long PartSizeBytes { get; init; } = 64L << 20;

    /// <summary>disable_multipart.</summary>
    public bool DisableMultipart { get; init; }

    /// <summary>send_content_md5, default true.</summary>
    public bool SendContentMd5 { get; init; } = true;

    /// <summary>
    /// Metadata of every object; put_user_metadata. X-Amz-Storage-Class, in any case, becomes the storage class.
    /// </summary>
    public IReadOnlyDictionary<string, string> UserMetadata { get; init; } = new Dictionary<string, string>();

    /// <summary>sse_config.type: empty, SSE-S3, SSE-KMS or SSE-C.</summary>
    public string SseType { get; init; } = "";

    /// <summary>sse_config.kms_key_id.</summary>
    public string KmsKeyId { get; init; } = "";

    /// <summary>sse_config.kms_encryption_context.</summary>
    public IReadOnlyDictionary<string, string> KmsContext { get; init; } = new Dictionary<string, string>();

    /// <summary>File with the 32 bytes of the customer's key; sse_config.encryption_key.</summary>
    public string EncryptionKeyFile { get; init; } = "";

    /// <summary>Retries of a request; 0 = the client library's default.</summary>
    public int MaxRetries { get; init; }

    /// <summary>Connections.</summary>
    public HttpConfig Http { get; init; } = new();

    internal static S3Config Read(YamlSection section, out bool awsSdkAuth, out bool signatureVersion2)
    {
        awsSdkAuth = section.Flag("aws_sdk_auth");
        signatureVersion2 = section.Flag("signature_version2");
        // Known to upstream, of no effect here: the endpoint is taken as given, STS is asked where the environment says, no HTTP
        // traces.
        section.Flag("disable_dualstack");
        section.Text("sts_endpoint");
        section.Section("trace", "s3.TraceConfig").Flag("enable");
        var sse = section.Section("sse_config", "s3.SSEConfig");
        return new S3Config
        {
            Bucket = section.Text("bucket"),
            Endpoint = section.Text("endpoint"),
            Region = section.Text("region"),
            AccessKey = section.Text("access_key"),
            SecretKey = section.Text("secret_key"),
            SessionToken = section.Text("session_token"),
            Insecure = section.Flag("insecure"),
            Lookup = ReadLookup(section.Text("bucket_lookup_type", "auto")),
            ListObjectsV1 = section.Text("list_objects_version") == "v1",
            PartSizeBytes = section.Whole("part_size", 64L << 20),
            DisableMultipart = section.Flag("disable_multipart"),
            SendContentMd5 = section.Flag("send_content_md5", true),
            UserMetadata = section.Map("put_user_metadata"),
            SseType = sse.Text("type"),
            KmsKeyId = sse.Text("kms_key_id"),
            KmsContext = sse.Map("kms_encryption_context"),
            EncryptionKeyFile = sse.Text("encryption_key"),
            MaxRetries = (int)Math.Min(int.MaxValue, section.Whole("max_retries", 0)),
            Http = HttpConfig.Read(section.Section("http_config", "exthttp.HTTPConfig")),
        };
    }

    /// <summary>Checks what the keys mean together.</summary>
    /// <exception cref="BucketConfigException">They contradict each other.</exception>
    internal void Validate(bool awsSdkAuth, bool signatureVersion2)
    {
        const string BothOrNeither = "either both should be present in config or envvars/IAM should be used.";
        const long PartSizeMinBytes = 5 << 20; // S3 refuses smaller parts, but for the last.
        var wrong =
            Endpoint.Length == 0 ? "no s3 endpoint in config file"
            : Endpoint.Contains("://", StringComparison.Ordinal) ? "s3 endpoint must be host or host:port, without a scheme"
            : awsSdkAuth && AccessKey.Length > 0 ? "aws_sdk_auth and access_key are mutually exclusive configurations"
            : AccessKey.Length == 0 && SecretKey.Length > 0
                ? $"no s3 access_key specified while secret_key is present in config file; {BothOrNeither}"
            : AccessKey.Length > 0 && SecretKey.Length == 0
                ? $"no s3 secret_key specified while access_key is present in config file; {BothOrNeither}"
            : signatureVersion2 ? "signature_version2 is not supported"
            : SseType is not ("" or "SSE-S3" or "SSE-KMS" or "SSE-C")
                ? "Unsupported type '" + SseType + "' was provided. Supported types are SSE-S3, SSE-KMS, SSE-C"
            : SseType == "SSE-C" && EncryptionKeyFile.Length == 0
                ? "encryption_key must be set if sse_config.type is set to 'SSE-C'"
            : SseType == "SSE-KMS" && KmsKeyId.Length == 0 ? "kms_key_id must be set if sse_config.type is set to 'SSE-KMS'"
            : !DisableMultipart && PartSizeBytes < PartSizeMinBytes ? "part_size must be at least 5242880"
            : null;
        if (wrong is not null) throw new BucketConfigException($"create S3 client: {wrong}");
    }

    private static BucketLookup ReadLookup(string text) => text switch
    {
        "auto" => BucketLookup.Auto,
        "virtual-hosted" => BucketLookup.VirtualHosted,
        "path" => BucketLookup.Path,
        _ => throw new BucketConfigException(
            $"parsing config YAML file: bucket_lookup_type {text} is not one of auto, virtual-hosted, path"),
    };
}
