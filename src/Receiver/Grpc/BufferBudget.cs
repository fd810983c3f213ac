namespace Receiver.Grpc;

/// <summary>Counts bytes held by all calls of a server against one limit.</summary>
internal sealed class BufferBudget(long bytesMax)
{
    private long _bytes;

    /// <summary>Bytes held now.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes bytes from the budget; false, and nothing taken, when they are not there.</summary>
    public bool TryAdd(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= bytesMax) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
