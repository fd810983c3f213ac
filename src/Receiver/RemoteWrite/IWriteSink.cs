namespace Receiver.RemoteWrite;

/// <summary>Where a request goes once it is read: distribution, replication and storage.</summary>
public interface IWriteSink
{
    /// <summary>False until there is a hashring.</summary>
    bool IsReady { get; }

    /// <summary>Stores a batch. The sink retains it for as long as it needs it; the caller releases its own reference.</summary>
    /// <param name="batch">One tenant's series, or several tenants'.</param>
    /// <param name="replica">Replica number the sender named, one-based; 0 = not replicated yet.</param>
    /// <param name="stop">Ends the wait for a database that is being opened; forwards run to their own deadline.</param>
    ValueTask<WriteResult> WriteAsync(Batch batch, ulong replica, CancellationToken stop);
}
