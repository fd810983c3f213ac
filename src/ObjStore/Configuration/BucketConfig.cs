using ObjStore.S3;

namespace ObjStore.Configuration;

/// <summary>
/// The content of --objstore.config: which bucket, and how to reach it. Exactly one of the two provider blocks is set.
/// </summary>
/// <remarks>Upstream's YAML with its keys and defaults, read strictly. Source: objstore client/factory.go.</remarks>
public sealed record BucketConfig
{
    /// <summary>What metrics call the bucket.</summary>
    public required string Name { get; init; }

    /// <summary>Part of every object's name, without '/' at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Set for type S3.</summary>
    public S3Config? S3 { get; init; }

    /// <summary>Set for type FILESYSTEM: the directory.</summary>
    public string? Directory { get; init; }

    /// <summary>Reads the YAML.</summary>
    /// <exception cref="BucketConfigException">It is not YAML, has an unknown key or a wrong value, or names a type that is not
    /// supported.</exception>
    public static BucketConfig Parse(string yaml)
    {
        var root = YamlSection.Parse(yaml, "client.BucketConfig");
        var type = root.Text("type");
        var prefix = root.Text("prefix").Trim('/');
        switch (type.ToUpperInvariant())
        {
            case "S3":
                var s3 = S3Config.Read(root.Section("config", "s3.Config"), out var awsSdkAuth, out var signatureVersion2);
                root.ThrowIfWrong();
                s3.Validate(awsSdkAuth, signatureVersion2);
                return new BucketConfig { Name = s3.Bucket, Prefix = prefix, S3 = s3 };
            case "FILESYSTEM":
                var directory = root.Section("config", "filesystem.Config").Text("directory");
                root.ThrowIfWrong();
                if (directory.Length == 0)
                    throw new BucketConfigException("create FILESYSTEM client: missing directory for filesystem bucket");
                return new BucketConfig { Name = $"fs: {Path.GetFullPath(directory)}", Prefix = prefix, Directory = directory };
            default:
                root.Map("config");
                throw new BucketConfigException($"bucket with type {type} is not supported");
        }
    }

    /// <summary>Makes the bucket's client, counted and prefixed. Does not connect yet.</summary>
    /// <param name="counters">Where operations are counted.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <exception cref="IOException">A directory, certificate or key file cannot be used.</exception>
    public IBucket CreateBucket(BucketCounters counters, TimeProvider clock)
    {
        IBucket bucket = S3 is { } s3 ? new S3Bucket(s3, clock) : new FilesystemBucket(Directory!);
        if (Prefix.Length > 0) bucket = new PrefixedBucket(bucket, Prefix);
        return new CountedBucket(bucket, counters, clock);
    }
}
