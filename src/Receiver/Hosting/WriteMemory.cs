using Receiver.RemoteWrite;

namespace Receiver.Hosting;

/// <summary>What both doors of the write path draw from: pooled batches, and the bytes that bodies may take together.</summary>
internal sealed class WriteMemory(long memoryLimitBytes)
{
    // As many as requests are likely to be in memory at once; a batch is a few hundred KiB.
    private const int BatchesKept = 64;

    /// <summary>Batches in turn.</summary>
    public BatchPool Batches { get; } = new(BatchesKept);

    /// <summary>Bytes of request bodies in memory.</summary>
    public BodyBudget Budget { get; } = new(MemoryLimit.ForBodies(memoryLimitBytes));
}
