using Tsdb.Counters;
using Tsdb.Files;

namespace Tsdb.Blocks;

/// <summary>What a new block says about itself.</summary>
internal sealed record BlockWriterOptions
{
    /// <summary>Where its name's time comes from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where the data comes from, such as <see cref="BlockMeta.OutOfOrderHint"/>; none for in-order data.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>Blocks it replaces; <see cref="BlockParent.Zero"/> for out-of-order blocks, as upstream writes it.</summary>
    public IReadOnlyList<BlockParent> Parents { get; init; } = [];

    /// <summary>Where to count what is written; null = nowhere.</summary>
    public BackgroundWork? Work { get; init; }

    /// <summary>Size of a chunk file in bytes; default 512 MiB.</summary>
    public long SegmentSizeBytes { get; init; } = ChunkSegmentFormat.SegmentSizeDefaultBytes;

    /// <summary>What it is written through.</summary>
    internal IDisk Disk { get; init; } = RealDisk.Instance;
}
