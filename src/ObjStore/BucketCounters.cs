namespace ObjStore;

/// <summary>Kinds of bucket operation, as the metrics label "operation" tells them apart.</summary>
public enum BucketOperation
{
    /// <summary>Listing.</summary>
    Iter,

    /// <summary>Reading a whole object.</summary>
    Get,

    /// <summary>Reading part of an object; never done here, exported as zero like upstream's.</summary>
    GetRange,

    /// <summary>Asking whether an object exists.</summary>
    Exists,

    /// <summary>Storing an object.</summary>
    Upload,

    /// <summary>Removing an object.</summary>
    Delete,

    /// <summary>Asking for size and time; never done here, exported as zero like upstream's.</summary>
    Attributes,
}

/// <summary>What happened to one bucket so far, as plain numbers for thanos_objstore_bucket_*. Thread-safe.</summary>
public sealed class BucketCounters
{
    private readonly OperationCounters[] _operations = new OperationCounters[7];
    private long _lastUploadMs;

    /// <summary>All zero.</summary>
    public BucketCounters()
    {
        for (var i = 0; i < _operations.Length; i++) _operations[i] = new OperationCounters();
    }

    /// <summary>The numbers of one kind of operation.</summary>
    public OperationCounters this[BucketOperation operation] => _operations[(int)operation];

    /// <summary>When an upload last went well, Unix ms; 0 before the first.</summary>
    public long LastSuccessfulUploadMs
    {
        get => Interlocked.Read(ref _lastUploadMs);
        internal set => Interlocked.Exchange(ref _lastUploadMs, value);
    }
}

/// <summary>Numbers of one kind of bucket operation. Thread-safe.</summary>
public sealed class OperationCounters
{
    private long _attempts, _failures, _fetchedBytes;

    internal OperationCounters()
    {
    }

    /// <summary>Operations begun.</summary>
    public long Attempts => Interlocked.Read(ref _attempts);

    /// <summary>Operations that went wrong, without those that were cancelled or found nothing.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Bytes read from the bucket.</summary>
    public long FetchedBytes => Interlocked.Read(ref _fetchedBytes);

    /// <summary>Seconds that successful operations took.</summary>
    public Distribution DurationSeconds { get; } = new([0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120]);

    /// <summary>Sizes of objects moved in either direction, 32 KiB doubling up to 1 GiB.</summary>
    public Distribution TransferredBytes { get; } = new(
    [
        32768, 65536, 131072, 262144, 524288, 1 << 20, 2 << 20, 4 << 20,
        8 << 20, 16 << 20, 32 << 20, 64 << 20, 128 << 20, 256 << 20, 512 << 20, 1 << 30,
    ]);

    internal void Begin() => Interlocked.Increment(ref _attempts);

    internal void Fail() => Interlocked.Increment(ref _failures);

    internal void Fetch(long bytes) => Interlocked.Add(ref _fetchedBytes, bytes);
}
