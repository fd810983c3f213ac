namespace Receiver.Tenancy;

/// <summary>What carries one tenant's finished blocks to the bucket. A tenant without a bucket has none.</summary>
/// <remarks>The tenant that it was made for owns it: disposal cancels the pass in flight and waits for it.</remarks>
public interface IBlockUploads : IAsyncDisposable
{
    /// <summary>Makes one pass now and waits for it; passes never overlap.</summary>
    /// <exception cref="Exception">The pass was aborted; the text says at which block.</exception>
    Task SyncAsync(CancellationToken stop);

    /// <summary>ULIDs recorded as being in the bucket, as the state file has them now; null when that cannot be read.</summary>
    IReadOnlySet<string>? Uploaded();
}
