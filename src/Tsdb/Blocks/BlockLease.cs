namespace Tsdb.Blocks;

/// <summary>The right to read a block: its files stay open and on disk until every lease is disposed.</summary>
internal sealed class BlockLease : IDisposable
{
    private BlockReader? _block;

    internal BlockLease(BlockReader block) => _block = block;

    /// <summary>The block.</summary>
    /// <exception cref="ObjectDisposedException">The lease has ended.</exception>
    public BlockReader Block => _block ?? throw new ObjectDisposedException(nameof(BlockLease));

    /// <summary>Ends the lease; a second call does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _block, null)?.Release();
}
