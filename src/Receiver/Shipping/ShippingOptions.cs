namespace Receiver.Shipping;

/// <summary>How blocks are uploaded; the same for every tenant.</summary>
public sealed record ShippingOptions
{
    /// <summary>Whether meta.json carries the SHA-256 of each file; --hash-func=SHA256.</summary>
    public bool HashFiles { get; init; }

    /// <summary>Whether a block that cannot be uploaded lets newer ones pass; --shipper.allow-out-of-order-uploads.</summary>
    public bool AllowOutOfOrderUploads { get; init; }

    /// <summary>Whether a block whose meta.json cannot be read is passed over; --shipper.skip-corrupted-blocks.</summary>
    public bool SkipCorruptedBlocks { get; init; }

    /// <summary>Chunk files uploaded at a time, 1 or more; --shipper.upload-concurrency (0 there means 1).</summary>
    public int UploadConcurrency { get; init; } = 1;

    /// <summary>Time between passes; 30 s as upstream.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time of a periodic pass; 10 min as upstream.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
