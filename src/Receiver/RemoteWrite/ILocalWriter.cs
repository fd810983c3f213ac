namespace Receiver.RemoteWrite;

/// <summary>Stores series of a request in this process.</summary>
public interface ILocalWriter
{
    /// <summary>Stores every series of the batch; all belong to <paramref name="tenant"/>.</summary>
    /// <returns>Stored, conflict, unavailable, failed, or malformed when label bytes turn out to be none (nothing is stored
    /// then).</returns>
    ValueTask<WriteResult> WriteAsync(string tenant, Batch batch, CancellationToken stop);

    /// <summary>Stores some series of the batch, named by their indexes; all belong to <paramref name="tenant"/>.</summary>
    /// <returns>As the other overload.</returns>
    ValueTask<WriteResult> WriteAsync(string tenant, Batch batch, ReadOnlyMemory<int> series, CancellationToken stop);
}
