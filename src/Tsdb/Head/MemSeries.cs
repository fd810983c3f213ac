using System.Runtime.InteropServices;
using Tsdb.Memory;

namespace Tsdb.Head;

/// <summary>What an append touches of a series: exactly one cache line.</summary>
/// <remarks>Budget: docs/decisions; the layout is asserted by a test.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = SizeBytes)]
internal struct MemSeries
{
    public const int SizeBytes = 64;

    /// <summary>Hash of the canonical label bytes; zero when the slot is free.</summary>
    public KeyHash Key;

    /// <summary>Newest in-order sample; <see cref="long.MinValue"/> before the first.</summary>
    public long LastTimestampMs;

    /// <summary>Value bits of the newest in-order sample.</summary>
    public ulong LastValueBits;

    /// <summary>From this time on a new chunk starts.</summary>
    public long NextChunkAtMs;

    /// <summary>First sample of the open chunk.</summary>
    public long ChunkMinTimeMs;

    /// <summary>Write position in the open chunk; no blocks while there is none.</summary>
    public ChunkTail Tail;

    /// <summary>Newest time step of the open chunk. Chunks are cut before a step exceeds 2^32-1 ms (49 days).</summary>
    public uint DeltaMs;

    /// <summary>Samples in the open chunk.</summary>
    public byte SampleCount;

    /// <summary>Zero bits before the value window; <see cref="NoWindow"/> while there is none.</summary>
    public byte Leading;

    /// <summary>Zero bits after the value window.</summary>
    public byte Trailing;

    /// <summary>Zero for a series whose newest sample is a float, which is nearly every one.</summary>
    public SeriesFlags Flags;

    /// <summary><see cref="SampleCount"/> while replay reads samples that chunks in files have: then no chunk is open,
    /// <see cref="LastTimestampMs"/> is the newest sample of the log so far, and <see cref="ChunkMinTimeMs"/> and
    /// <see cref="NextChunkAtMs"/> are first and last sample of the file's chunk at hand. Open chunks never count so
    /// far.</summary>
    public const byte Covered = 0xff;

    /// <summary><see cref="Leading"/> of a chunk whose values never changed.</summary>
    public const byte NoWindow = 0xff;

    /// <summary>Whether a chunk of floats is open.</summary>
    public readonly bool HasChunk => Tail.Blocks > 0;

    /// <summary>Whether a chunk of any kind is open.</summary>
    public readonly bool HasAnyChunk => Tail.Blocks > 0 || Flags >= SeriesFlags.HasHistogramChunk;
}

/// <summary>What a series is besides floats. The rest of its histograms is in <see cref="HistogramStore"/>.</summary>
[Flags]
internal enum SeriesFlags : byte
{
    /// <summary>Floats.</summary>
    None = 0,

    /// <summary>The newest sample is a native histogram.</summary>
    LastIsHistogram = 1,

    /// <summary>The open chunk holds native histograms; there is none of floats then.</summary>
    HasHistogramChunk = 2,
}

/// <summary>What only creation, chunk cuts, queries and collection touch of a series.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = SizeBytes)]
internal struct ColdSeries
{
    public const int SizeBytes = 32;

    /// <summary>Identity in log and chunk files; 0 while the slot is free.</summary>
    public ulong Ref;

    /// <summary>First label pair reference.</summary>
    public uint LabelsAt;

    /// <summary>First block of the open chunk.</summary>
    public uint FirstBlock;

    /// <summary>Newest complete chunk, <see cref="FullChunks.None"/> when there is none.</summary>
    public uint NewestChunk;

    /// <summary>Label pairs.</summary>
    public ushort LabelCount;

    /// <summary>Complete chunks that still live in memory.</summary>
    public ushort UnwrittenChunks;
}
