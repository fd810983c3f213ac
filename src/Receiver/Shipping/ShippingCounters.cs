namespace Receiver.Shipping;

/// <summary>What one tenant's shipper has done so far, for thanos_shipper_*. Thread-safe.</summary>
public sealed class ShippingCounters
{
    private long _syncs, _syncFailures, _uploads, _uploadFailures, _corruptedBlocks;

    /// <summary>Passes that reached their end: thanos_shipper_dir_syncs_total.</summary>
    public long Syncs => Interlocked.Read(ref _syncs);

    /// <summary>Passes that were aborted: thanos_shipper_dir_sync_failures_total.</summary>
    public long SyncFailures => Interlocked.Read(ref _syncFailures);

    /// <summary>Blocks uploaded: thanos_shipper_uploads_total.</summary>
    public long Uploads => Interlocked.Read(ref _uploads);

    /// <summary>Uploads that went wrong: thanos_shipper_upload_failures_total.</summary>
    public long UploadFailures => Interlocked.Read(ref _uploadFailures);

    /// <summary>Blocks passed over because of their meta.json: thanos_shipper_corrupted_blocks_total.</summary>
    public long CorruptedBlocks => Interlocked.Read(ref _corruptedBlocks);

    internal void SyncDone() => Interlocked.Increment(ref _syncs);

    internal void SyncAborted() => Interlocked.Increment(ref _syncFailures);

    internal void BlockUploaded() => Interlocked.Increment(ref _uploads);

    internal void UploadFailed() => Interlocked.Increment(ref _uploadFailures);

    internal void BlockCorrupted() => Interlocked.Increment(ref _corruptedBlocks);
}
