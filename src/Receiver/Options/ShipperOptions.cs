namespace Receiver.Options;

/// <summary>Uploads of finished blocks.</summary>
public sealed record ShipperOptions
{
    /// <summary>YAML of the bucket; empty = no uploads; --objstore.config.</summary>
    public string BucketConfig { get; init; } = "";

    /// <summary>Whether meta.json gets SHA-256 hashes of the files; --hash-func.</summary>
    public bool HashesFiles { get; init; }

    /// <summary>Files of a block uploaded at a time, 1 or more; --shipper.upload-concurrency.</summary>
    public int UploadConcurrency { get; init; } = 1;

    /// <summary>Whether newer blocks go on after one failed; --shipper.allow-out-of-order-uploads.</summary>
    public bool AllowsOutOfOrderUploads { get; init; }

    /// <summary>Whether corrupted blocks are left out; --shipper.skip-corrupted-blocks.</summary>
    public bool SkipsCorruptedBlocks { get; init; }
}
